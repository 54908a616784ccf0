//! The part of the table with groups and channels.

use std::collections::HashMap;

use chappe_api::functions as f;
use chappe_tl::Function;

use super::table::{Method, entry};
use super::{channels, groups, invites, messages, updates};
use crate::call::Call;

pub(super) fn add(table: &mut HashMap<u32, Method>) {
    macro_rules! method {
        ($query:ty => $handler:path) => {
            entry!(table, LoggedIn $query => $handler)
        };
    }
    method!(f::channels::CheckUsername => channels::username::check);
    method!(f::channels::CreateChannel => channels::create::handle);
    method!(f::channels::DeleteChannel => channels::delete::handle);
    method!(f::channels::EditAdmin => channels::admins::edit);
    method!(f::channels::EditBanned => channels::bans::edit);
    method!(f::channels::EditPhoto => groups::edit::channel_photo);
    method!(f::channels::EditTitle => groups::edit::channel_title);
    method!(f::channels::ExportMessageLink => channels::links::message);
    method!(f::channels::GetAdminLog => channels::admin_log::get);
    method!(f::channels::GetAdminedPublicChannels => channels::username::admined);
    method!(f::channels::GetChannels => channels::look::some);
    method!(f::channels::GetFullChannel => channels::look::full);
    method!(f::channels::GetInactiveChannels => channels::left::inactive);
    method!(f::channels::GetLeftChannels => channels::left::left);
    method!(f::channels::GetMessageAuthor => channels::links::author);
    method!(f::channels::GetParticipant => channels::participants::one);
    method!(f::channels::GetParticipants => channels::participants::many);
    method!(f::channels::GetSendAs => channels::links::send_as);
    method!(f::channels::InviteToChannel => channels::join::invite);
    method!(f::channels::JoinChannel => channels::join::join);
    method!(f::channels::LeaveChannel => channels::join::leave);
    method!(f::channels::ToggleJoinRequest => channels::settings::join_request);
    method!(f::channels::TogglePreHistoryHidden => channels::settings::pre_history);
    method!(f::channels::ToggleSignatures => channels::settings::signatures);
    method!(f::channels::ToggleSlowMode => channels::settings::slow_mode);
    method!(f::channels::UpdateUsername => channels::username::update);
    method!(f::messages::AddChatUser => groups::members::add);
    method!(f::messages::CheckChatInvite => invites::using::check);
    method!(f::messages::CreateChat => groups::create::handle);
    method!(f::messages::DeleteChat => groups::end::delete);
    method!(f::messages::DeleteChatUser => groups::members::delete);
    method!(f::messages::DeleteExportedChatInvite => invites::links::delete);
    method!(f::messages::DeleteRevokedExportedChatInvites => invites::links::delete_revoked);
    method!(f::messages::EditChatAbout => groups::edit::about);
    method!(f::messages::EditChatCreator => groups::creator::edit);
    method!(f::messages::EditChatAdmin => groups::members::edit_admin);
    method!(f::messages::EditChatDefaultBannedRights => groups::edit::default_rights);
    method!(f::messages::EditChatPhoto => groups::edit::photo);
    method!(f::messages::EditChatTitle => groups::edit::title);
    method!(f::messages::EditExportedChatInvite => invites::links::edit);
    method!(f::messages::ExportChatInvite => invites::links::export);
    method!(f::messages::GetAdminsWithInvites => invites::links::admins);
    method!(f::messages::GetChatInviteImporters => invites::requests::importers);
    method!(f::messages::GetChats => groups::look::some);
    method!(f::messages::GetCommonChats => groups::look::common);
    method!(f::messages::GetExportedChatInvite => invites::links::one);
    method!(f::messages::GetExportedChatInvites => invites::links::list);
    method!(f::messages::GetFullChat => groups::look::full);
    method!(f::messages::GetMessageReadParticipants => messages::read_participants::handle);
    method!(f::messages::GetOnlines => groups::look::onlines);
    method!(f::messages::HideAllChatJoinRequests => invites::requests::hide_all);
    method!(f::messages::HideChatJoinRequest => invites::requests::hide);
    method!(f::messages::ImportChatInvite => invites::using::import);
    method!(f::messages::MigrateChat => groups::end::migrate);
    method!(f::messages::ToggleNoForwards => groups::edit::no_forwards);
    method!(f::updates::GetChannelDifference => updates::get_channel_difference::handle);
}
