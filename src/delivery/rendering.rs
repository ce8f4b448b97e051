//! The words of a message.

use serde_json::Value;

use crate::model::notice::Notice;

/// Subject and text.
pub fn text(notice: &Notice) -> (String, String) {
    let mut text = String::new();
    if let Ok(Value::Object(fields)) = serde_json::to_value(notice) {
        for (name, value) in fields.iter().filter(|(name, _)| *name != "template") {
            match value {
                Value::String(value) => text.push_str(&format!("{name}:\n{value}\n\n")),
                value => text.push_str(&format!("{name}:\n{value}\n\n")),
            }
        }
    }
    (notice.template().replace('_', " "), text)
}
