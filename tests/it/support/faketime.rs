//! A process whose wall clock is wrong.

use std::path::PathBuf;

/// The environment of a node whose clock is off by so many seconds. Its monotonic clock is right.
///
/// # Panics
/// Without the Debian package `faketime`.
pub fn off_by(seconds: i64) -> Vec<(String, String)> {
    [
        ("LD_PRELOAD", library().to_str().expect("UTF-8").to_owned()),
        ("FAKETIME", format!("{seconds:+}s")),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .to_vec()
}

fn library() -> PathBuf {
    let triplets = std::fs::read_dir("/usr/lib").expect("a Linux system").flatten();
    let found =
        triplets.map(|triplet| triplet.path().join("faketime/libfaketimeMT.so.1")).find(|path| path.exists());
    found.expect("the Debian package faketime")
}
