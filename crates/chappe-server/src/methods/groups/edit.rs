//! What a chat says of itself and lets its members do: `messages.editChatTitle`, `editChatPhoto`, `editChatAbout`,
//! `editChatDefaultBannedRights`, `toggleNoForwards`, and `channels.editTitle` and `editPhoto`

use chappe_api::{enums, functions, types};
use chappe_tl::Decode;

use super::create::check_title;
use super::tell;
use crate::call::Call;
use crate::limits::CHAT_ABOUT_LEN;
use crate::methods::channels::admin_log::{self, kind};
use crate::methods::errors::Answer;
use crate::methods::messages::outgoing::{self, stored};
use crate::model::group::Standing;
use crate::model::media;
use crate::model::rights::{admin, banned, banned_bits, banned_rights};
use crate::model::target::{self, Target};
use crate::store::{AccountChange, Amendment, ChatEdit};

/// A group or channel that an `InputPeer` names and that the caller is in.
pub(crate) async fn group_of(call: &Call, input: &enums::InputPeer) -> Answer<Standing> {
    match target::find(call, input).await? {
        Target::User(_) => Err(call.refuse(&["PEER_ID_INVALID"])),
        Target::Group(standing) if standing.is_basic() => {
            target::live_basic(call, standing.peer().bare()).await
        }
        Target::Group(standing) => Ok(*standing),
    }
}

fn check_info(call: &Call, standing: &Standing) -> Answer<()> {
    match standing.may(admin::CHANGE_INFO, banned::CHANGE_INFO) {
        true => Ok(()),
        false => Err(call.refuse(&["CHAT_ADMIN_REQUIRED", "CHAT_ID_INVALID"])),
    }
}

/// Changes a chat, with a message about it.
async fn announce(
    call: &Call,
    standing: Standing,
    action: enums::MessageAction,
    edit: ChatEdit,
) -> Answer<enums::Updates> {
    let peer = standing.peer();
    let target = Target::Group(Box::new(standing));
    let sent = outgoing::service(call, &target, action, Amendment::edit(edit)).await?;
    tell::members(call, peer, tell::itself(peer)).await?;
    tell::answer(call, peer, tell::itself(peer), &[sent.change]).await
}

async fn set_title(call: &Call, standing: Standing, title: &str) -> Answer<enums::Updates> {
    check_info(call, &standing)?;
    let title = check_title(call, title)?;
    if title == standing.chat.title {
        return Err(call.refuse(&["CHAT_NOT_MODIFIED"]));
    }
    let (prev_value, new_value) = (standing.chat.title.clone(), title.clone());
    let words = format!("{prev_value} {new_value}");
    let change = types::ChannelAdminLogEventActionChangeTitle { prev_value, new_value };
    admin_log::note_own(call, standing.peer(), kind::INFO, change, &words).await?;
    let action = types::MessageActionChatEditTitle { title: title.clone() }.into();
    announce(call, standing, action, ChatEdit::Title(title)).await
}

pub(crate) async fn title(call: &Call, query: functions::messages::EditChatTitle) -> Answer<enums::Updates> {
    let standing = target::live_basic(call, query.chat_id).await?;
    set_title(call, standing, &query.title).await
}

pub(crate) async fn channel_title(
    call: &Call,
    query: functions::channels::EditTitle,
) -> Answer<enums::Updates> {
    let standing = target::channel(call, &query.channel).await?;
    set_title(call, standing, &query.title).await
}

/// The photo that an `InputChatPhoto` names or brings; `None` takes it away.
async fn photo_of(call: &Call, input: &enums::InputChatPhoto) -> Answer<Option<types::Photo>> {
    let invalid = || call.refuse(&["PHOTO_INVALID"]);
    match input {
        enums::InputChatPhoto::Empty => Ok(None),
        enums::InputChatPhoto::Photo(named) => {
            media::find_photo(call, &named.id).await?.map(Some).ok_or_else(invalid)
        }
        enums::InputChatPhoto::UploadedPhoto(uploaded) => {
            let file = uploaded.file.as_ref().ok_or_else(invalid)?;
            media::profile_from_upload(call, file).await.map(Some)
        }
    }
}

fn no_photo() -> enums::Photo {
    types::PhotoEmpty { id: 0 }.into()
}

async fn set_photo(call: &Call, standing: Standing, input: &enums::InputChatPhoto) -> Answer<enums::Updates> {
    check_info(call, &standing)?;
    let photo = photo_of(call, input).await?;
    let kept = photo.as_ref().map(stored).transpose()?;
    if kept == standing.chat.photo {
        return Err(call.refuse(&["CHAT_NOT_MODIFIED"]));
    }
    let before = standing.chat.photo.as_ref().and_then(|bytes| types::Photo::from_bytes(bytes).ok());
    let change = types::ChannelAdminLogEventActionChangePhoto {
        prev_photo: before.map_or_else(no_photo, Into::into),
        new_photo: photo.clone().map_or_else(no_photo, Into::into),
    };
    admin_log::note_own(call, standing.peer(), kind::INFO, change, "").await?;
    let action = match photo {
        Some(photo) => types::MessageActionChatEditPhoto { photo: photo.into() }.into(),
        None => enums::MessageAction::ChatDeletePhoto,
    };
    announce(call, standing, action, ChatEdit::Photo(kept)).await
}

pub(crate) async fn photo(call: &Call, query: functions::messages::EditChatPhoto) -> Answer<enums::Updates> {
    let standing = target::live_basic(call, query.chat_id).await?;
    set_photo(call, standing, &query.photo).await
}

pub(crate) async fn channel_photo(
    call: &Call,
    query: functions::channels::EditPhoto,
) -> Answer<enums::Updates> {
    let standing = target::channel(call, &query.channel).await?;
    set_photo(call, standing, &query.photo).await
}

pub(crate) async fn about(call: &Call, query: functions::messages::EditChatAbout) -> Answer<bool> {
    let standing = group_of(call, &query.peer).await?;
    check_info(call, &standing)?;
    let about = query.about.trim();
    if about.chars().count() > CHAT_ABOUT_LEN {
        return Err(call.refuse(&["CHAT_ABOUT_TOO_LONG"]));
    }
    if about == standing.chat.about {
        return Err(call.refuse(&["CHAT_ABOUT_NOT_MODIFIED"]));
    }
    let (prev_value, new_value) = (standing.chat.about.clone(), about.to_owned());
    let words = format!("{prev_value} {new_value}");
    let change = types::ChannelAdminLogEventActionChangeAbout { prev_value, new_value };
    admin_log::note_own(call, standing.peer(), kind::INFO, change, &words).await?;
    quietly(call, &standing, ChatEdit::About(about.to_owned())).await?;
    Ok(true)
}

/// Changes a chat without a message; its members hear that something is new.
pub(crate) async fn quietly(call: &Call, standing: &Standing, edit: ChatEdit) -> Answer<enums::Updates> {
    let peer = standing.peer();
    call.store().amend(peer.0, &Amendment::edit(edit)).await?;
    tell::members(call, peer, tell::itself(peer)).await?;
    tell::answer(call, peer, tell::itself(peer), &[]).await
}

pub(crate) async fn default_rights(
    call: &Call,
    query: functions::messages::EditChatDefaultBannedRights,
) -> Answer<enums::Updates> {
    let standing = group_of(call, &query.peer).await?;
    if standing.is_broadcast() {
        return Err(call.refuse(&["PEER_ID_INVALID"]));
    }
    if standing.admin() & admin::BAN == 0 {
        return Err(call.refuse(&["CHAT_ADMIN_REQUIRED"]));
    }
    let bits = banned_bits(&query.banned_rights);
    // Nobody can be kept from looking without being removed.
    if bits & banned::VIEW != 0 {
        return Err(call.refuse(&["BANNED_RIGHTS_INVALID"]));
    }
    if bits == standing.chat.banned_rights {
        return Err(call.refuse(&["CHAT_NOT_MODIFIED"]));
    }
    if let (Some(prev_banned_rights), Some(new_banned_rights)) =
        (banned_rights(standing.chat.banned_rights, 0), banned_rights(bits, 0))
    {
        let change =
            types::ChannelAdminLogEventActionDefaultBannedRights { prev_banned_rights, new_banned_rights };
        admin_log::note_own(call, standing.peer(), kind::SETTINGS, change, "").await?;
    }
    let (peer, change) = (standing.peer(), AccountChange::BannedRights);
    call.store().amend(peer.0, &Amendment::edit(ChatEdit::BannedRights(bits))).await?;
    tell::members(call, peer, change).await?;
    tell::answer(call, peer, change, &[]).await
}

pub(crate) async fn no_forwards(
    call: &Call,
    query: functions::messages::ToggleNoForwards,
) -> Answer<enums::Updates> {
    let standing = group_of(call, &query.peer).await?;
    if !standing.is_creator() {
        return Err(call.refuse(&["CHAT_ADMIN_REQUIRED"]));
    }
    if query.enabled == standing.chat.noforwards {
        return Err(call.refuse(&["CHAT_NOT_MODIFIED"]));
    }
    let change = types::ChannelAdminLogEventActionToggleNoForwards { new_value: query.enabled };
    admin_log::note_own(call, standing.peer(), kind::SETTINGS, change, "").await?;
    quietly(call, &standing, ChatEdit::NoForwards(query.enabled)).await
}
