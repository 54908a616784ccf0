//! Name, words about oneself and username: `account.updateProfile`, `account.checkUsername` and
//! `account.updateUsername`.

use chappe_api::{enums, functions};

use crate::call::Call;
use crate::limits::{ABOUT_LEN, NAME_LEN};
use crate::methods::errors::{Answer, bad_request};
use crate::model::note::Note;
use crate::model::{user, username};
use crate::store::NameOwner;

async fn myself(call: &Call) -> Answer<enums::User> {
    let row = call.user().await?;
    Ok(user::see(call.store(), &call.world.access, &row, call.viewer(row.id), call.unix()).await?)
}

pub(crate) async fn update(call: &Call, query: functions::account::UpdateProfile) -> Answer<enums::User> {
    let before = call.user().await?;
    let first = query.first_name.as_deref().unwrap_or(&before.first_name).trim();
    let last = query.last_name.as_deref().unwrap_or(&before.last_name).trim();
    let about = query.about.as_deref().unwrap_or(&before.about).trim();
    if first.is_empty() || first.chars().count() > NAME_LEN || last.chars().count() > NAME_LEN {
        return Err(bad_request("FIRSTNAME_INVALID"));
    }
    if about.chars().count() > ABOUT_LEN {
        return Err(bad_request("ABOUT_TOO_LONG"));
    }
    call.store().set_profile(before.id, (first, last), about).await?;
    if (first, last) != (&before.first_name, &before.last_name) {
        call.tell_watchers(before.id, Note::UserName { user_id: before.id }).await?;
    }
    myself(call).await
}

pub(crate) async fn check_username(call: &Call, query: functions::account::CheckUsername) -> Answer<bool> {
    if !username::is_valid(&query.username) {
        return Err(bad_request("USERNAME_INVALID"));
    }
    let own = NameOwner::User(call.user_id()?);
    Ok(call.store().name_owner(&query.username).await?.is_none_or(|owner| owner == own))
}

pub(crate) async fn update_username(
    call: &Call,
    query: functions::account::UpdateUsername,
) -> Answer<enums::User> {
    let before = call.user().await?;
    let wanted = query.username.trim_start_matches('@');
    if !wanted.is_empty() && !username::is_valid(wanted) {
        return Err(bad_request("USERNAME_INVALID"));
    }
    if before.username.as_deref().unwrap_or_default() == wanted {
        return Err(bad_request("USERNAME_NOT_MODIFIED"));
    }
    if !call.store().set_username(NameOwner::User(before.id), wanted).await? {
        return Err(bad_request("USERNAME_OCCUPIED"));
    }
    call.tell_watchers(before.id, Note::UserName { user_id: before.id }).await?;
    myself(call).await
}
