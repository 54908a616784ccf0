//! `contacts.resolvePhone`

use chappe_api::{functions, types};

use crate::call::Call;
use crate::methods::errors::{Answer, bad_request};
use crate::model::privacy::{self, Subject};
use crate::model::{phone, user};

pub(crate) async fn handle(
    call: &Call,
    query: functions::contacts::ResolvePhone,
) -> Answer<types::contacts::ResolvedPeer> {
    let viewer = call.user_id()?;
    let row = match phone::normalise(&query.phone) {
        Some(number) => call.store().user_by_phone(&number).await?,
        None => None,
    };
    let row = row.filter(|row| !row.is_support).ok_or_else(|| bad_request("PHONE_NOT_OCCUPIED"))?;
    // Who does not want to be found by number is not there.
    if !privacy::is_allowed(call.store(), row.id, Subject::AddedByPhone, viewer).await? {
        return Err(bad_request("PHONE_NOT_OCCUPIED"));
    }
    let seen = user::see(call.store(), &call.world.access, &row, call.viewer(viewer), call.unix()).await?;
    Ok(types::contacts::ResolvedPeer {
        peer: types::PeerUser { user_id: row.id }.into(),
        chats: Vec::new(),
        users: vec![seen],
    })
}
