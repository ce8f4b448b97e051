use std::time::{Duration, SystemTime};

use super::*;
use crate::config::{CrossOrigin, S3};

fn blob_store(data_dir: &Path) -> BlobStore {
    let s3 = S3 {
        endpoint: None,
        region: String::new(),
        bucket: None,
        access_key_id: None,
        secret_access_key: None,
    };
    let cross_origin = CrossOrigin::None;
    let config = Avatars { store: AvatarStore::File, max_bytes: 10, max_side: 16, cross_origin, s3 };
    BlobStore::open(&config, data_dir).unwrap()
}

#[tokio::test]
async fn a_users_objects_go_together() {
    let folder = tempfile::tempdir().unwrap();
    let blob_store = blob_store(folder.path());
    let (user, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
    for key in [format!("{user}/a.png"), format!("{user}/b.jpg"), format!("{other}/a.png")] {
        blob_store.put(&key, b"x".to_vec()).await.unwrap();
    }
    assert_eq!(blob_store.delete_all(user).await.unwrap(), 2);
    assert!(matches!(blob_store.get(&format!("{user}/a.png")).await, Err(BlobStoreError::Missing)));
    assert!(blob_store.get(&format!("{other}/a.png")).await.is_ok());
    assert!(!folder.path().join("avatars").join(user.to_string()).exists(), "not even the folder is left");
    assert_eq!(blob_store.delete_all(user).await.unwrap(), 0, "none is fine");
}

#[tokio::test]
async fn only_old_objects_of_users_are_old() {
    let folder = tempfile::tempdir().unwrap();
    let blob_store = blob_store(folder.path());
    let key = format!("{}/a.png", Uuid::from_u128(1));
    for key in [key.as_str(), "incoming/x", "notes.txt"] {
        blob_store.put(key, b"x".to_vec()).await.unwrap();
    }
    let written = Timestamp::from_unix_seconds(1_000_000);
    for file in [key.as_str(), "incoming/x", "notes.txt"] {
        let file = std::fs::File::options().write(true).open(folder.path().join("avatars").join(file));
        file.unwrap().set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000)).unwrap();
    }
    let older_than = async |time| blob_store.older_than(time).try_collect::<Vec<_>>().await.unwrap();
    assert_eq!(older_than(written).await, Vec::<String>::new());
    let later = written.plus(Duration::from_secs(1));
    assert_eq!(older_than(later).await, [key]);
}

#[tokio::test]
async fn an_upload_leaves_no_name() {
    let folder = tempfile::tempdir().unwrap();
    let blob_store = blob_store(folder.path());
    let mut upload = blob_store.receive().await.unwrap();
    upload.write(b"12345").await.unwrap();
    upload.write(b"67890").await.unwrap();
    assert!(matches!(upload.write(b"1").await, Err(IncomingError::TooLarge)));
    let incoming = folder.path().join("avatars/incoming");
    assert_eq!(std::fs::read_dir(&incoming).unwrap().count(), 0);
    let mut content = String::new();
    std::io::Read::read_to_string(&mut upload.finish().await.unwrap(), &mut content).unwrap();
    assert_eq!(content, "1234567890");
}

#[test]
fn its_folders_are_for_the_server_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    blob_store(folder.path());
    let mode = std::fs::metadata(folder.path().join("avatars")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}
