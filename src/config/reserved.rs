//! Names that the configuration contract fixes and later versions will use. Giving one is no
//! mistake, but it has no effect yet, and the operator is told so.

use super::Reader;

const RESERVED: [&str; 1] = ["throttle.enabled"];

pub(super) fn read(reader: &mut Reader) {
    for key in RESERVED {
        if reader.is_given(key) {
            reader.warn(format!("{key} is set, but this version does not use it yet"));
        }
    }
}
