//! What is to be found in the files of a session.

use std::path::Path;
use std::time::Duration;

use super::soon;

/// Whether the bytes are in a file of the folder: the database, its log, or anything beside them.
pub(crate) fn contains(folder: &Path, bytes: &[u8]) -> bool {
    std::fs::read_dir(folder).unwrap().any(|entry| {
        let content = std::fs::read(entry.unwrap().path()).unwrap_or_default();
        content.windows(bytes.len()).any(|window| window == bytes)
    })
}

/// Waits until they are not.
pub(crate) async fn gone_from(folder: &Path, bytes: &[u8]) {
    soon(async {
        while contains(folder, bytes) {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    })
    .await;
}
