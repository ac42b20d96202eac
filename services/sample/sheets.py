"""Which columns of which tables the sample company fills, in the order of the rows' values."""

from __future__ import annotations

from typing import Final

_STAMP = "created_at created_by changed_at changed_by"
_OWNED = f"{_STAMP} owner_id branch_id"

_COLUMNS = {
    "products.category": "id name parent_id position created_by",
    "products.product": "id number name model specification bar_code category_id brand unit pack_unit pack_factor"
    " list_price lowest_price tax_rate stocked lower_limit upper_limit weight supplier_id state created_by",
    "products.level_price": "product_id level_id price",
    "products.parameter": "product_id position name value",
    "products.cost": "id cost_price last_purchase needs_adjusting",
    "customers.customer": f"id {_OWNED} kind number name short_name category stage level source industry region"
    " address phone fax website email tax_number bank_name bank_account credit_limit credit_days value_level"
    " parent_id price_level_id remark last_contact_on hot_level hot_reason hot_until pooled_at",
    "customers.contact": f"id {_OWNED} customer_id name salutation contact_class department title phone mobile email"
    " wechat birthday calendar hobbies remark main",
    "customers.balance": "id owner_id receivable ordered paid issued last_order_on",
    "activities.record": f"id {_OWNED} customer_id contact_id kind happened_at said result next_step next_on",
    "activities.task": f"id {_OWNED} subject customer_id executor_id due_at priority progress state"
    " accepted_by done_by",
    "sales.order": f"id {_OWNED} number customer_id customer_name contact_id date required_on payment_method due_on"
    " warehouse_id price_level_id consignee consignee_phone delivery_address state lines_total gross tax received"
    " issued_amount quantity open_quantity confirmed_at confirmed_by reversed_by_reason",
    "sales.order_line": "id order_id owner_id position product_id product_name model unit stocked quantity"
    " tax_price discount tax_rate net tax gross delivered asked pack_unit pack_factor pack_quantity pack_price",
    "stock.receipt": f"id {_STAMP} number kind warehouse_id date supplier_id state posted_at posted_by",
    "stock.receipt_line": "id receipt_id position warehouse_id product_id quantity pack_unit pack_factor",
    "stock.receipt_line_cost": "id unit_cost",
    "stock.issue": f"id {_STAMP} number kind warehouse_id date customer_id customer_name state posted_at posted_by"
    " asked_by",
    "stock.issue_line": "id issue_id position warehouse_id product_id order_id order_line_id order_number quantity"
    " counted gross pack_unit pack_factor bin",
    "stock.ledger": "id at user_id document document_id number warehouse_id product_id delta balance_after",
    "stock.ledger_cost": "id warehouse_id product_id value value_after average_after sets_average",
    "stock.balance": "id warehouse_id product_id on_hand reserved negative_allowed bin",
    "stock.cost": "id warehouse_id product_id average value base_value base_quantity",
    "delivery.note": f"id {_OWNED} number date issue_id issue_number order_numbers warehouse_id customer_id"
    " customer_name consignee phone address way carrier tracking_number freight freight_paid_by parcels state"
    " shipped_at signed_at signed_by",
    "delivery.note_line": "note_id owner_id warehouse_id position product_id product_number product_name model unit"
    " quantity tax_price gross pack_unit pack_factor pack_price",
    "finance.payment": f"id {_OWNED} number customer_id customer_name date amount account_id kind payer reference"
    " state",
    "finance.allocation": "payment_id order_id owner_id amount",
    "finance.ledger": "id at date user_id owner_id customer_id kind document document_id number delta moved"
    " receivable_after",
    "finance.account_ledger": "id at date user_id account_id document document_id number delta balance_after",
}
TABLES: Final = {table: tuple(columns.split()) for table, columns in _COLUMNS.items()}


def money(cents: int) -> str:
    """An amount given in cents, as COPY takes it: with an exponent, the quickest way to write it exactly."""
    return f"{cents}e-2"


def exact(millionths: int) -> str:
    """A price given in millionths of a CNY."""
    return f"{millionths}e-6"


def finest(units: int) -> str:
    """A price given in 10⁻¹² CNY."""
    return f"{units // 10**12}.{units % 10**12:012d}"


def divided(dividend: int, divisor: int) -> int:
    """The quotient of two integers (divisor > 0), halves away from zero: numeric round() in whole numbers."""
    half = (2 * abs(dividend) + divisor) // (2 * divisor)
    return half if dividend >= 0 else -half
