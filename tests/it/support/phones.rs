//! Codes by SMS as a person reads them: what the server has put into the outbox folder of its data folder.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::eventually::eventually;

/// The SMS of one server, written as files.
pub struct Phones(PathBuf);

impl Phones {
    /// Of the server with this data folder.
    pub fn of(data_dir: &Path) -> Phones {
        Phones(data_dir.join("outbox"))
    }

    /// The n-th code to this number, from 1; waits for it.
    pub async fn wait_for_nth(&self, number: &str, n: usize) -> String {
        let what = format!("SMS {n} to {number}");
        eventually(&what, async || self.all(number).into_iter().nth(n - 1)).await
    }

    /// All codes to this number that have arrived, the oldest first.
    pub fn all(&self, number: &str) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(&self.0) else {
            return Vec::new(); // made with the first message
        };
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
        files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
        files.sort();
        let messages = files.iter().map(|file| {
            serde_json::from_slice::<Value>(&std::fs::read(file).expect("an SMS")).expect("JSON")
        });
        messages
            .filter(|sms| sms["to"] == number)
            .map(|sms| code(sms["text"].as_str().expect("text")))
            .collect()
    }
}

/// The digits that an SMS begins with.
pub fn code(text: &str) -> String {
    text.split(' ').next().expect("a word").to_owned()
}
