//! Names that are reserved for later versions. Giving one is not a mistake, but it has no effect yet, and a warning
//! says so.

use super::Reader;

const RESERVED: [&str; 1] = ["throttle.enabled"];

pub(super) fn read(reader: &mut Reader) {
    for key in RESERVED {
        if reader.is_given(key) {
            reader.warn(format!("{key} is set, but this version does not use it yet"));
        }
    }
}
