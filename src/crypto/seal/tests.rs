use super::*;
use crate::entropy::OsEntropy;

fn key(byte: u8) -> Secret<[u8; 32]> {
    Secret::new([byte; 32])
}

fn ring(active: u8, previous: &[u8]) -> MasterKeys {
    let previous: Vec<_> = previous.iter().map(|byte| key(*byte)).collect();
    MasterKeys::new(&key(active)).with_previous(&previous).unwrap()
}

fn sealed(active: u8, row: &str) -> Vec<u8> {
    ring(active, &[]).seal(&OsEntropy, row, b"secret").unwrap()
}

#[test]
fn what_is_sealed_opens_in_its_place_only() {
    let sealed = sealed(1, "table/1");
    assert_eq!(ring(1, &[]).open("table/1", &sealed).unwrap().as_slice(), b"secret");
    assert_eq!(ring(1, &[]).open("table/2", &sealed), Err(SealError::Damaged));
    assert_eq!(ring(1, &[]).open("table/", &sealed), Err(SealError::Damaged));
}

#[test]
fn all_keys_of_the_ring_open_and_the_active_one_seals() {
    let ring_of_three = ring(3, &[2, 1]);
    for byte in [1, 2, 3] {
        assert_eq!(ring_of_three.open("t", &sealed(byte, "t")).unwrap().as_slice(), b"secret");
    }
    let fresh = ring_of_three.seal(&OsEntropy, "t", b"secret").unwrap();
    assert_eq!(ring(3, &[]).open("t", &fresh).unwrap().as_slice(), b"secret");
    assert_eq!(fresh[..HEADER_LEN], ring_of_three.active_header());
}

#[test]
fn another_key_is_told_apart_from_damage() {
    let sealed = sealed(1, "t");
    let id = ring(1, &[]).active_id();
    assert_eq!(ring(2, &[3]).open("t", &sealed), Err(SealError::UnknownKey(id)));
    assert!(SealError::UnknownKey(id).to_string().contains(&id.to_string()));
    // The right key behind a wrong id.
    let mut relabelled = sealed;
    relabelled[..HEADER_LEN].copy_from_slice(&ring(2, &[]).active_header());
    assert_eq!(ring(2, &[1]).open("t", &relabelled), Err(SealError::Damaged));
}

#[test]
fn damage_is_noticed() {
    let sealed = sealed(1, "t");
    for position in 0..sealed.len() {
        let mut damaged = sealed.clone();
        damaged[position] ^= 1;
        let expected = match position {
            1..HEADER_LEN => matches!(ring(1, &[]).open("t", &damaged), Err(SealError::UnknownKey(_))),
            _ => ring(1, &[]).open("t", &damaged) == Err(SealError::Damaged),
        };
        assert!(expected, "bit 0 of byte {position}");
        assert_eq!(ring(1, &[]).open("t", &sealed[..position]), Err(SealError::Damaged));
    }
}

#[test]
fn the_first_format_is_none_of_ours() {
    let mut old = sealed(1, "t");
    old[0] = 1;
    assert_eq!(ring(1, &[]).open("t", &old), Err(SealError::Damaged));
}

#[test]
fn sealing_twice_shows_no_pattern() {
    let (one, two) = (sealed(1, "t"), sealed(1, "t"));
    assert_eq!(one[..HEADER_LEN], two[..HEADER_LEN]);
    assert_ne!(one[HEADER_LEN..HEADER_LEN + NONCE_LEN], two[HEADER_LEN..HEADER_LEN + NONCE_LEN]);
    assert_ne!(one[HEADER_LEN + NONCE_LEN..], two[HEADER_LEN + NONCE_LEN..]);
}

#[test]
fn only_a_value_under_a_previous_key_is_sealed_again() {
    let ring_of_two = ring(2, &[1]);
    let old = sealed(1, "t");
    assert!(!ring_of_two.is_active(&old));
    let new = ring_of_two.reseal(&OsEntropy, "t", &old).unwrap().unwrap();
    assert!(ring_of_two.is_active(&new));
    assert_eq!(ring(2, &[]).open("t", &new).unwrap().as_slice(), b"secret");
    assert_eq!(ring_of_two.reseal(&OsEntropy, "t", &new), Ok(None));
    assert_eq!(ring_of_two.reseal(&OsEntropy, "other", &old), Err(SealError::Damaged));
    let unknown = ring(3, &[]).active_id();
    assert_eq!(ring_of_two.reseal(&OsEntropy, "t", &sealed(3, "t")), Err(SealError::UnknownKey(unknown)));
}

#[test]
fn no_key_stands_in_the_ring_twice() {
    let twice = |previous: &[u8]| {
        let previous: Vec<_> = previous.iter().map(|byte| key(*byte)).collect();
        MasterKeys::new(&key(1)).with_previous(&previous).err()
    };
    assert_eq!(twice(&[1]), Some(SameKeyTwice));
    assert_eq!(twice(&[2, 3, 2]), Some(SameKeyTwice));
    assert_eq!(twice(&[2, 3]), None);
}

/// Ids stand in databases: they must be the same in every version. The vector is from
/// `printf 'kindred master key id' | openssl dgst -sha256 -mac HMAC -macopt hexkey:0101…`.
#[test]
fn ids_stay_the_same() {
    assert_eq!(ring(1, &[]).active_id().to_string(), "e2176807");
    assert!(!format!("{:?}", ring(1, &[])).contains("0101"));
}

#[test]
fn a_pseudonym_needs_the_key_and_its_label() {
    let pseudonym = |byte, label, value: &str| ring(byte, &[]).pseudonym(label, value.as_bytes());
    assert_eq!(pseudonym(1, "phone", "+49"), pseudonym(1, "phone", "+49"));
    assert_ne!(pseudonym(1, "phone", "+49"), pseudonym(2, "phone", "+49"));
    assert_ne!(pseudonym(1, "phone", "+49"), pseudonym(1, "network", "+49"));
    assert_ne!(pseudonym(1, "phone", "+49"), pseudonym(1, "phone+", "49"));
    assert_ne!(pseudonym(1, "phone", "+49"), pseudonym(1, "phone", "+43"));
}

#[test]
fn a_pseudonym_key_keeps_pseudonyms_while_the_ring_is_replaced() {
    let shared = ring(1, &[]);
    let before = shared.pseudonym("phone", b"+49");
    let old = sealed(1, "t");
    shared
        .replace(ring(2, &[]).with_pseudonym_key(&shared.pseudonym_key()).with_previous_ring(&ring(1, &[2])));
    assert_eq!(shared.pseudonym("phone", b"+49"), before);
    assert_eq!(shared.active_id(), ring(2, &[]).active_id());
    assert_eq!(shared.open("t", &old).unwrap().as_slice(), b"secret");
}

#[test]
fn an_id_is_read_as_it_is_written() {
    let id = ring(1, &[]).active_id();
    assert_eq!(MasterKeyId::from_hex(&id.to_string()), Some(id));
    assert_eq!(["", "e21768", "e21768070", "e217680z"].map(MasterKeyId::from_hex), [None; 4]);
}
