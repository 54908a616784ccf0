//! `messages.uploadMedia`: makes a medium without sending it, for albums.

use chappe_api::{enums, functions};

use crate::call::Call;
use crate::methods::errors::{Answer, bad_request};
use crate::model::{media, peer};

pub(crate) async fn handle(
    call: &Call,
    query: functions::messages::UploadMedia,
) -> Answer<enums::MessageMedia> {
    // A bot names nobody where it uploads for later.
    if !matches!(query.peer, enums::InputPeer::Empty) && peer::find_peer(call, &query.peer).await?.is_none() {
        return Err(bad_request("PEER_ID_INVALID"));
    }
    let mut media = media::resolve(call, &query.media).await?;
    media::see(&mut media, &media::Viewer::of(call)?);
    Ok(media)
}
