//! `ops.*`: the operations listener (metrics), which is not for the public.

use std::net::SocketAddr;

use super::Reader;

#[derive(Clone, Debug)]
pub struct Ops {
    pub listen: SocketAddr,
}

impl Ops {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self { listen: reader.value("ops.listen", SocketAddr::from(([127, 0, 0, 1], 9464))) }
    }
}
