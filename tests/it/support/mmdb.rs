//! Small databases of locations, written as MaxMind DB 2.0 specifies
//! (<https://maxmind.github.io/MaxMind-DB/>).

use std::net::IpAddr;

use ipnet::IpNet;

const MARKER: &[u8] = b"\xab\xcd\xefMaxMind.com";
const SEPARATOR: [u8; 16] = [0; 16];

/// Types of the data section.
const STRING: u8 = 2;
const DOUBLE: u8 = 3;
const UINT16: u8 = 5;
const UINT32: u8 = 6;
const MAP: u8 = 7;
/// Beyond 7 the type stands in a byte of its own.
const UINT64: u8 = 9;
const ARRAY: u8 = 11;

/// The place of a network.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub network: &'static str,
    pub country: &'static str,
    pub city: Option<&'static str>,
    /// Latitude and longitude in degrees, and the radius around them in km.
    pub centre: Option<(f64, f64, u16)>,
}

/// A file of locations.
#[derive(Clone, Copy, Debug)]
pub struct Mmdb<'a> {
    /// `database_type`.
    pub kind: &'a str,
    /// Bits of one side of a node: 24, 28 or 32.
    pub record_size: u16,
    pub places: &'a [Place],
}

impl Mmdb<'_> {
    /// The file's content. IPv4 lies at `::/96` of the tree, as in MaxMind's own files.
    pub fn bytes(&self) -> Vec<u8> {
        let mut tree = vec![[Side::Empty; 2]];
        let mut data = Vec::new();
        for place in self.places {
            let network = place.network.parse().expect("a network");
            insert(&mut tree, &bits(network), data.len());
            data.extend(record(place));
        }
        let mut file = Vec::new();
        for node in &tree {
            let value = |side: Side| match side {
                Side::Empty => tree.len(),
                Side::Node(number) => number,
                Side::Data(offset) => tree.len() + SEPARATOR.len() + offset,
            };
            write_node(&mut file, self.record_size, node.map(value));
        }
        file.extend(SEPARATOR);
        file.extend(data);
        file.extend(MARKER);
        file.extend(self.metadata(tree.len()));
        file
    }

    fn metadata(&self, nodes: usize) -> Vec<u8> {
        map(&[
            ("binary_format_major_version", unsigned(UINT16, 2)),
            ("binary_format_minor_version", unsigned(UINT16, 0)),
            ("build_epoch", unsigned(UINT64, 1_790_000_000)),
            ("database_type", string(self.kind)),
            ("description", map(&[("en", string("made by a test"))])),
            ("ip_version", unsigned(UINT16, 6)),
            ("languages", [head(ARRAY, 1), string("en")].concat()),
            ("node_count", unsigned(UINT32, nodes)),
            ("record_size", unsigned(UINT16, self.record_size.into())),
        ])
    }
}

/// What one side of a node leads to.
#[derive(Clone, Copy)]
enum Side {
    Empty,
    Node(usize),
    /// By the offset in the data section.
    Data(usize),
}

/// The way to a network, from the root.
fn bits(network: IpNet) -> Vec<usize> {
    let (address, length) = match network.network() {
        IpAddr::V4(address) => (u128::from(u32::from(address)), 96 + network.prefix_len()),
        IpAddr::V6(address) => (u128::from(address), network.prefix_len()),
    };
    (0..length).map(|at| usize::from(address >> (127 - at) & 1 == 1)).collect()
}

fn insert(tree: &mut Vec<[Side; 2]>, way: &[usize], offset: usize) {
    let (last, way) = way.split_last().expect("no place is everywhere");
    let mut node = 0;
    for side in way {
        node = match tree[node][*side] {
            Side::Node(next) => next,
            Side::Empty => {
                tree.push([Side::Empty; 2]);
                let next = tree.len() - 1;
                tree[node][*side] = Side::Node(next);
                next
            }
            Side::Data(_) => panic!("a network within another"),
        };
    }
    tree[node][*last] = Side::Data(offset);
}

fn write_node(file: &mut Vec<u8>, record_size: u16, [left, right]: [usize; 2]) {
    let [left, right] = [left, right].map(|value| u32::try_from(value).expect("a small tree").to_be_bytes());
    match record_size {
        24 => file.extend([&left[1..], &right[1..]].concat()),
        // The byte in the middle has the highest four bits of either side.
        28 => file.extend([&left[1..], &[left[0] << 4 | right[0]], &right[1..]].concat()),
        32 => file.extend([left, right].concat()),
        _ => panic!("no record has {record_size} bits"),
    }
}

fn record(place: &Place) -> Vec<u8> {
    let mut members = vec![("country", map(&[("iso_code", string(place.country))]))];
    if let Some(city) = place.city {
        members.push(("city", map(&[("names", map(&[("en", string(city))]))])));
    }
    if let Some((latitude, longitude, radius)) = place.centre {
        let location = map(&[
            ("accuracy_radius", unsigned(UINT16, radius.into())),
            ("latitude", double(latitude)),
            ("longitude", double(longitude)),
        ]);
        members.push(("location", location));
    }
    map(&members)
}

fn head(kind: u8, size: usize) -> Vec<u8> {
    let small = u8::try_from(size).ok().filter(|size| *size < 29);
    // From 29 on the size less 29 stands in the next byte.
    let (size, further) =
        small.map_or_else(|| (29, vec![u8::try_from(size - 29).expect("short")]), |size| (size, vec![]));
    let first = if kind > 7 { vec![size, kind - 7] } else { vec![kind << 5 | size] };
    [first, further].concat()
}

fn map(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let inside = members.iter().flat_map(|(key, value)| [string(key), value.clone()].concat());
    head(MAP, members.len()).into_iter().chain(inside).collect()
}

fn string(text: &str) -> Vec<u8> {
    [&head(STRING, text.len()), text.as_bytes()].concat()
}

fn double(value: f64) -> Vec<u8> {
    [&head(DOUBLE, 8)[..], &value.to_be_bytes()].concat()
}

/// Without leading zeros, as the format has it.
fn unsigned(kind: u8, value: usize) -> Vec<u8> {
    let bytes: Vec<u8> = value.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
    [head(kind, bytes.len()), bytes].concat()
}

#[cfg(test)]
mod tests {
    use maxminddb::{Reader, geoip2};

    use super::*;

    const PLACES: [Place; 3] = [
        Place { network: "192.0.2.0/25", country: "DE", city: Some("Köln"), centre: Some((50.9, 6.9, 20)) },
        Place { network: "192.0.2.128/25", country: "FR", city: None, centre: None },
        Place { network: "2001:db8::/32", country: "AU", city: None, centre: Some((-33.8, 151.2, 500)) },
    ];

    #[test]
    fn every_size_of_records_is_read_back() {
        for record_size in [24, 28, 32] {
            let file = Mmdb { kind: "Test-City", record_size, places: &PLACES }.bytes();
            let reader = Reader::from_source(file).expect("a database");
            reader.verify().expect("all is as the format has it");
            let country = |address: &str| {
                let found = reader.lookup(address.parse().expect("an address")).expect("a database");
                let city = found.decode::<geoip2::City<'_>>().expect("a record");
                city.and_then(|city| city.country.iso_code.map(str::to_owned))
            };
            assert_eq!(country("192.0.2.127").as_deref(), Some("DE"));
            assert_eq!(country("192.0.2.128").as_deref(), Some("FR"));
            assert_eq!(country("2001:db8:1::1").as_deref(), Some("AU"));
            assert_eq!((country("192.0.3.0"), country("2001:db9::")), (None, None));
            let found = reader.lookup("2001:db8::1".parse().expect("an address")).expect("a database");
            let city = found.decode::<geoip2::City<'_>>().expect("a record").expect("a place");
            assert_eq!(city.location.latitude.zip(city.location.longitude), Some((-33.8, 151.2)));
            assert_eq!(city.location.accuracy_radius, Some(500));
        }
    }
}
