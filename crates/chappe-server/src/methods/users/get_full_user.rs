//! `users.getFullUser`: as much as this server knows.

use chappe_api::{functions, types};

use crate::call::Call;
use crate::methods::errors::{Answer, bad_request};
use crate::model::eyes::Eyes;
use crate::model::{peer, user};

pub(crate) async fn handle(
    call: &Call,
    query: functions::users::GetFullUser,
) -> Answer<types::users::UserFull> {
    let viewer = call.user_id()?;
    let row = peer::find(call, &query.id).await?.ok_or_else(|| bad_request("USER_ID_INVALID"))?;
    let seen = user::see(call.store(), &call.world.access, &row, call.viewer(viewer), call.unix()).await?;
    let mut full_user = user::full(&Eyes::of(call)?, &row).await?;
    if row.id != viewer {
        let common = call.store().common_chats(viewer, row.id).await?.len();
        full_user.common_chats_count = i32::try_from(common).unwrap_or(i32::MAX);
    }
    Ok(types::users::UserFull { full_user, chats: Vec::new(), users: vec![seen] })
}
