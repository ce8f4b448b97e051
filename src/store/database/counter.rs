//! Counts that several take back from.

use sea_orm::IntoSimpleExpr;
use sea_orm::sea_query::{CaseStatement, ExprTrait, SimpleExpr};

/// The column less `by`, but never below zero: whoever resets the count does not wait for those who count.
pub(in crate::store) fn less(column: impl IntoSimpleExpr + Copy, by: i64) -> SimpleExpr {
    let count = column.into_simple_expr();
    CaseStatement::new().case(count.clone().gt(by), count.sub(by)).finally(0_i64).into()
}
