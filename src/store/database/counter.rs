//! Counts that several transactions subtract from.

use sea_orm::IntoSimpleExpr;
use sea_orm::sea_query::{CaseStatement, ExprTrait, SimpleExpr};

/// The column less `by`, but never below zero: a reset of the count does not wait for the attempts that are counted.
pub(in crate::store) fn less(column: impl IntoSimpleExpr + Copy, by: i64) -> SimpleExpr {
    let count = column.into_simple_expr();
    CaseStatement::new().case(count.clone().gt(by), count.sub(by)).finally(0_i64).into()
}
