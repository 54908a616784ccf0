//! `users.getFullUser`: as much as this server knows.

use chappe_api::{functions, types};

use crate::call::Call;
use crate::methods::errors::{Answer, bad_request};
use crate::model::{peer, user};

pub(crate) async fn handle(
    call: &Call,
    query: functions::users::GetFullUser,
) -> Answer<types::users::UserFull> {
    let viewer = call.user_id()?;
    let row = peer::find(call, &query.id).await?.ok_or_else(|| bad_request("USER_ID_INVALID"))?;
    let seen = user::see(call.store(), &call.world.access, &row, viewer, call.unix()).await?;
    Ok(types::users::UserFull {
        full_user: user::full(call.store(), &row, viewer).await?,
        chats: Vec::new(),
        users: vec![seen],
    })
}
