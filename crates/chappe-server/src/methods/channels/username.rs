//! `channels.checkUsername`, `updateUsername` and `getAdminedPublicChannels`

use chappe_api::{enums, functions, types};

use super::admin_log::{self, kind};
use crate::call::Call;
use crate::methods::errors::Answer;
use crate::methods::groups::{edit, tell};
use crate::model::eyes::Eyes;
use crate::model::group::{self, Standing};
use crate::model::peer_id::PeerId;
use crate::model::{target, username};
use crate::store::{AccountChange, ChatEdit, NameOwner};

fn owner(standing: &Standing) -> NameOwner {
    NameOwner::Channel(standing.peer().bare())
}

/// Whether a name is free. A channel that is not there yet may be asked for, too.
pub(crate) async fn check(call: &Call, query: functions::channels::CheckUsername) -> Answer<bool> {
    let own = match &query.channel {
        enums::InputChannel::Empty => None,
        input => Some(owner(&target::channel(call, input).await?)),
    };
    if !username::is_valid(&query.username) {
        return Err(call.refuse(&["USERNAME_INVALID"]));
    }
    let owner = call.store().name_owner(&query.username).await?;
    Ok(owner.is_none_or(|owner| Some(owner) == own))
}

/// Makes a channel public, or private with no name.
pub(crate) async fn update(call: &Call, query: functions::channels::UpdateUsername) -> Answer<bool> {
    let standing = target::channel(call, &query.channel).await?;
    if !standing.is_creator() {
        return Err(call.refuse(&["CHAT_ADMIN_REQUIRED"]));
    }
    let wanted = query.username.trim_start_matches('@');
    if !wanted.is_empty() && !username::is_valid(wanted) {
        return Err(call.refuse(&["USERNAME_INVALID"]));
    }
    if standing.chat.username.as_deref().unwrap_or_default() == wanted {
        return Err(call.refuse(&["USERNAME_NOT_MODIFIED"]));
    }
    if !call.store().set_username(owner(&standing), wanted).await? {
        return Err(call.refuse(&["USERNAME_OCCUPIED"]));
    }
    let prev_value = standing.chat.username.clone().unwrap_or_default();
    let words = format!("{prev_value} {wanted}");
    let change = types::ChannelAdminLogEventActionChangeUsername { prev_value, new_value: wanted.to_owned() };
    admin_log::note_own(call, standing.peer(), kind::INFO, change, &words).await?;
    // What everybody can find has no past to hide; what nobody finds does not need to be asked.
    if !wanted.is_empty() && standing.chat.hidden_history {
        edit::quietly(call, &standing, ChatEdit::HiddenHistory(false)).await?;
    }
    if wanted.is_empty() && standing.chat.join_request {
        edit::quietly(call, &standing, ChatEdit::JoinRequest(false)).await?;
    }
    tell::members(call, standing.peer(), AccountChange::Channel).await?;
    Ok(true)
}

/// The public channels that the caller has made.
pub(crate) async fn admined(
    call: &Call,
    query: functions::channels::GetAdminedPublicChannels,
) -> Answer<enums::messages::Chats> {
    let (eyes, mut chats) = (Eyes::of(call)?, Vec::new());
    for peer in call.store().chats_of(call.user_id()?).await? {
        if let Some(standing) = group::standing(&eyes, PeerId(peer)).await?
            && standing.is_creator()
            && standing.chat.username.is_some()
            && !query.by_location
        {
            chats.push(group::see(&eyes, &standing));
        }
    }
    Ok(types::messages::Chats { chats }.into())
}
