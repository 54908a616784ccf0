//! The part of the table with groups and channels.

use std::collections::HashMap;

use chappe_api::functions as f;
use chappe_tl::Function;

use super::table::{Method, entry};
use super::{groups, messages};
use crate::call::Call;

pub(super) fn add(table: &mut HashMap<u32, Method>) {
    macro_rules! method {
        ($query:ty => $handler:path) => {
            entry!(table, LoggedIn $query => $handler)
        };
    }
    method!(f::messages::AddChatUser => groups::members::add);
    method!(f::messages::CreateChat => groups::create::handle);
    method!(f::messages::DeleteChat => groups::end::delete);
    method!(f::messages::DeleteChatUser => groups::members::delete);
    method!(f::messages::EditChatAbout => groups::edit::about);
    method!(f::messages::EditChatAdmin => groups::members::edit_admin);
    method!(f::messages::EditChatDefaultBannedRights => groups::edit::default_rights);
    method!(f::messages::EditChatPhoto => groups::edit::photo);
    method!(f::messages::EditChatTitle => groups::edit::title);
    method!(f::messages::GetChats => groups::look::some);
    method!(f::messages::GetCommonChats => groups::look::common);
    method!(f::messages::GetFullChat => groups::look::full);
    method!(f::messages::GetMessageReadParticipants => messages::read_participants::handle);
    method!(f::messages::GetOnlines => groups::look::onlines);
    method!(f::messages::MigrateChat => groups::end::migrate);
    method!(f::messages::ToggleNoForwards => groups::edit::no_forwards);
}
