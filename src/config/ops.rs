//! `ops.*`: the operations listener (metrics), which must not be public.

use std::net::SocketAddr;

use super::{Reader, setting};

#[derive(Clone, Debug)]
pub struct Ops {
    pub listen: SocketAddr,
}

impl Ops {
    pub(super) fn read(reader: &mut Reader) -> Self {
        reader.section("Operations listener");
        let listen = setting(
            "ops.listen",
            "The address of the operations listener with `/metrics`. It asks for no \
                credentials and must not be public.",
        );
        Self { listen: reader.value(listen, SocketAddr::from(([127, 0, 0, 1], 9464))) }
    }
}
