//! From constructor id to handler.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::OnceLock;

use chappe_api::functions as f;
use chappe_mtproto::rpc::RpcError;
use chappe_tl::{Decode, Encode, Function};

use super::{
    account, auth, contacts, empty, help, langpack, messages, photos, reports, updates, upload, users,
};
use crate::call::Call;
use crate::methods::errors::{Answer, bad_request, internal, is_outrun};

/// How often a call begins anew that others were faster than.
const TRIES: usize = 8;

pub(super) type Running<'a> = Pin<Box<dyn Future<Output = Result<Vec<u8>, RpcError>> + Send + 'a>>;

/// Who may call a method. Whether bots may is in `schema/methods.tsv`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Everybody, also with a temporary key that is not bound yet.
    Unbound,
    /// Everybody with a permanent or bound key.
    Anyone,
    /// Whoever is logged in.
    LoggedIn,
}

/// One method that this server implements.
pub(crate) struct Method {
    pub(crate) access: Access,
    pub(super) run: for<'a> fn(&'a Call, &'a [u8]) -> Running<'a>,
}

impl Method {
    /// Serves a call. Somebody else may have changed what it has read before it could write: it begins anew then.
    pub(crate) async fn execute(&self, call: &Call, query: &[u8]) -> Answer<Vec<u8>> {
        for _ in 0..TRIES {
            match (self.run)(call, query).await {
                Err(error) if is_outrun(&error) => {}
                result => return result,
            }
        }
        tracing::error!(method = call.method, "others were faster each time");
        Err(internal())
    }
}

/// The method with this id, if it is implemented.
pub(crate) fn find(id: u32) -> Option<&'static Method> {
    all().get(&id)
}

/// The ids of all methods that are implemented.
pub(crate) fn ids() -> impl Iterator<Item = u32> {
    all().keys().copied()
}

fn all() -> &'static HashMap<u32, Method> {
    static TABLE: OnceLock<HashMap<u32, Method>> = OnceLock::new();
    TABLE.get_or_init(table)
}

pub(super) fn read<Q: Decode>(query: &[u8]) -> Answer<Q> {
    Q::from_bytes(query).map_err(|error| {
        tracing::debug!(%error, "a query could not be read");
        bad_request("INPUT_FETCH_ERROR")
    })
}

pub(super) fn write(answer: &impl Encode) -> Answer<Vec<u8>> {
    answer.to_bytes().map_err(|error| {
        tracing::error!(%error, "an answer could not be written");
        internal()
    })
}

/// Puts one method into a table.
macro_rules! entry {
    ($table:expr, $access:ident $query:ty => $handler:path) => {
        let run: for<'a> fn(&'a Call, &'a [u8]) -> $crate::methods::table::Running<'a> = |call, bytes| {
            Box::pin(async move {
                let query: $query = $crate::methods::table::read(bytes)?;
                let answer: <$query as Function>::Response = $handler(call, query).await?;
                $crate::methods::table::write(&answer)
            })
        };
        let access = $crate::methods::Access::$access;
        $table.insert(<$query as Function>::CONSTRUCTOR_ID, $crate::methods::table::Method { access, run });
    };
}
pub(super) use entry;

fn table() -> HashMap<u32, Method> {
    let mut table = HashMap::new();
    empty::add(&mut table);
    macro_rules! method {
        ($access:ident $query:ty => $handler:path) => {
            entry!(table, $access $query => $handler)
        };
    }
    method!(Unbound f::auth::BindTempAuthKey => auth::bind_temp_auth_key::handle);
    method!(Unbound f::help::GetConfig => help::get_config::handle);
    method!(Unbound f::help::GetNearestDc => help::get_nearest_dc::handle);

    method!(Anyone f::account::DeleteAccount => account::delete_account::handle);
    method!(Anyone f::account::GetPassword => account::get_password::handle);
    method!(Anyone f::account::SendVerifyEmailCode => account::login_email::send);
    method!(Anyone f::account::VerifyEmail => account::login_email::verify);
    method!(Anyone f::auth::ResetLoginEmail => auth::reset_login_email::handle);
    method!(Anyone f::auth::ImportAuthorization => auth::carry::import);
    method!(LoggedIn f::auth::ExportAuthorization => auth::carry::export);
    method!(Anyone f::auth::CancelCode => auth::cancel_code::handle);
    method!(Anyone f::auth::CheckPassword => auth::check_password::handle);
    method!(Anyone f::auth::CheckRecoveryPassword => auth::recover_password::check_code);
    method!(Anyone f::auth::DropTempAuthKeys => auth::drop_temp_auth_keys::handle);
    method!(Anyone f::auth::ExportLoginToken => auth::login_token::export);
    method!(Anyone f::auth::ImportLoginToken => auth::login_token::import);
    method!(Anyone f::auth::ImportBotAuthorization => auth::import_bot_authorization::handle);
    method!(Anyone f::help::GetAppConfig => help::start_up::app_config);
    method!(Anyone f::help::GetAppUpdate => help::start_up::app_update);
    method!(Anyone f::help::GetCdnConfig => help::start_up::cdn_config);
    method!(Anyone f::help::GetCountriesList => help::countries::handle);
    method!(Anyone f::help::GetDeepLinkInfo => help::start_up::deep_link_info);
    method!(Anyone f::help::GetInviteText => help::start_up::invite_text);
    method!(Anyone f::help::GetPeerColors => help::start_up::peer_colors);
    method!(Anyone f::help::GetPeerProfileColors => help::start_up::profile_colors);
    method!(Anyone f::help::GetPromoData => help::start_up::promo_data);
    method!(LoggedIn f::help::AcceptTermsOfService => help::start_up::accept_terms);
    method!(LoggedIn f::help::GetSupport => help::start_up::support);
    method!(Anyone f::help::GetTermsOfServiceUpdate => help::start_up::terms_update);
    method!(Anyone f::help::GetTimezonesList => help::start_up::timezones);
    method!(Anyone f::langpack::GetDifference => langpack::get_difference);
    method!(Anyone f::langpack::GetLangPack => langpack::get);
    method!(Anyone f::langpack::GetLanguage => langpack::get_language);
    method!(Anyone f::langpack::GetLanguages => langpack::get_languages);
    method!(Anyone f::langpack::GetStrings => langpack::get_strings);
    method!(Anyone f::auth::LogOut => auth::log_out::handle);
    method!(Anyone f::auth::RecoverPassword => auth::recover_password::recover);
    method!(Anyone f::auth::RequestPasswordRecovery => auth::recover_password::request);
    method!(Anyone f::auth::ResendCode => auth::resend_code::handle);
    method!(Anyone f::auth::SendCode => auth::send_code::handle);
    method!(Anyone f::auth::SignIn => auth::sign_in::handle);
    method!(Anyone f::auth::SignUp => auth::sign_up::handle);

    method!(Anyone f::auth::ReportMissingCode => reports::missing_code);
    method!(LoggedIn f::account::GetAutoDownloadSettings => account::content::auto_download);
    method!(LoggedIn f::account::GetNotifyExceptions => account::notify_settings::exceptions);
    method!(LoggedIn f::account::InvalidateSignInCodes => account::sign_in_codes::invalidate);
    method!(LoggedIn f::account::RegisterDevice => account::devices::register);
    method!(LoggedIn f::account::ReportPeer => reports::peer);
    method!(LoggedIn f::account::ReportProfilePhoto => reports::photo);
    method!(LoggedIn f::account::SaveAutoDownloadSettings => account::content::save_auto_download);
    method!(LoggedIn f::account::SetContentSettings => account::content::set);
    method!(LoggedIn f::account::UnregisterDevice => account::devices::unregister);
    method!(LoggedIn f::account::UpdateDeviceLocked => account::devices::locked);
    method!(LoggedIn f::contacts::ExportContactToken => contacts::contact_token::export);
    method!(LoggedIn f::contacts::ImportContactToken => contacts::contact_token::import);
    method!(LoggedIn f::contacts::ResetTopPeerRating => contacts::get_top_peers::reset);
    method!(LoggedIn f::contacts::ToggleTopPeers => contacts::get_top_peers::toggle);
    method!(LoggedIn f::users::GetRequirementsToContact => users::get_users::requirements);
    method!(LoggedIn f::account::CancelPasswordEmail => account::password_email::cancel);
    method!(LoggedIn f::account::ChangePhone => account::change_phone::change);
    method!(LoggedIn f::account::GetAccountTtl => account::ttl::get);
    method!(LoggedIn f::account::GetWebAuthorizations => account::web_authorizations::get);
    method!(LoggedIn f::account::ResetWebAuthorization => account::web_authorizations::reset);
    method!(LoggedIn f::account::ResetWebAuthorizations => account::web_authorizations::reset_all);
    method!(LoggedIn f::account::SendChangePhoneCode => account::change_phone::send);
    method!(LoggedIn f::account::SetAccountTtl => account::ttl::set);
    method!(LoggedIn f::account::SetAuthorizationTtl => account::ttl::set_authorization);
    method!(LoggedIn f::auth::AcceptLoginToken => auth::login_token::accept);
    method!(LoggedIn f::account::ChangeAuthorizationSettings => account::change_authorization_settings::handle);
    method!(LoggedIn f::account::CheckUsername => account::profile::check_username);
    method!(LoggedIn f::account::GetContactSignUpNotification => account::sign_up_notification::get);
    method!(LoggedIn f::account::GetGlobalPrivacySettings => account::privacy::get_global);
    method!(LoggedIn f::account::GetNotifySettings => account::notify_settings::get);
    method!(LoggedIn f::account::GetPrivacy => account::privacy::get);
    method!(LoggedIn f::account::ResetNotifySettings => account::notify_settings::reset);
    method!(LoggedIn f::account::SetContactSignUpNotification => account::sign_up_notification::set);
    method!(LoggedIn f::account::SetGlobalPrivacySettings => account::privacy::set_global);
    method!(LoggedIn f::account::SetPrivacy => account::privacy::set);
    method!(LoggedIn f::account::UpdateNotifySettings => account::notify_settings::update);
    method!(LoggedIn f::account::UpdateProfile => account::profile::update);
    method!(LoggedIn f::account::UpdateUsername => account::profile::update_username);
    method!(LoggedIn f::contacts::AcceptContact => contacts::add_contact::accept);
    method!(LoggedIn f::contacts::AddContact => contacts::add_contact::add);
    method!(LoggedIn f::contacts::DeleteByPhones => contacts::delete_contacts::by_phones);
    method!(LoggedIn f::contacts::DeleteContacts => contacts::delete_contacts::delete);
    method!(LoggedIn f::contacts::GetBlocked => contacts::get_blocked::handle);
    method!(LoggedIn f::contacts::GetStatuses => contacts::get_statuses::statuses);
    method!(LoggedIn f::contacts::GetTopPeers => contacts::get_top_peers::handle);
    method!(LoggedIn f::contacts::ResolveUsername => contacts::resolve_username::handle);
    method!(LoggedIn f::contacts::Search => contacts::search::handle);
    method!(LoggedIn f::account::ConfirmPasswordEmail => account::password_email::confirm);
    method!(LoggedIn f::account::DeclinePasswordReset => account::password_reset::decline);
    method!(LoggedIn f::account::GetAuthorizations => account::get_authorizations::handle);
    method!(LoggedIn f::account::GetPasswordSettings => account::get_password_settings::handle);
    method!(LoggedIn f::account::GetTmpPassword => account::get_tmp_password::handle);
    method!(LoggedIn f::account::ResendPasswordEmail => account::password_email::resend);
    method!(LoggedIn f::account::ResetPassword => account::password_reset::reset);
    method!(LoggedIn f::account::UpdatePasswordSettings => account::update_password_settings::handle);
    method!(LoggedIn f::account::ResetAuthorization => account::reset_authorization::handle);
    method!(LoggedIn f::account::UpdateStatus => account::update_status::handle);
    method!(LoggedIn f::auth::ResetAuthorizations => auth::reset_authorizations::handle);
    method!(LoggedIn f::contacts::Block => contacts::block::handle);
    method!(LoggedIn f::contacts::GetContactIDs => contacts::get_contact_ids::handle);
    method!(LoggedIn f::contacts::GetContacts => contacts::get_contacts::handle);
    method!(LoggedIn f::contacts::GetSaved => contacts::get_saved::handle);
    method!(LoggedIn f::account::FinishTakeoutSession => account::takeout::finish);
    method!(LoggedIn f::account::InitTakeoutSession => account::takeout::begin);
    method!(LoggedIn f::contacts::ImportContacts => contacts::import_contacts::handle);
    method!(LoggedIn f::contacts::ResolvePhone => contacts::resolve_phone::handle);
    method!(LoggedIn f::contacts::SetBlocked => contacts::set_blocked::handle);
    method!(LoggedIn f::contacts::Unblock => contacts::unblock::handle);
    method!(LoggedIn f::messages::AcceptEncryption => messages::accept_encryption::handle);
    method!(LoggedIn f::messages::DiscardEncryption => messages::discard_encryption::handle);
    method!(LoggedIn f::messages::GetDhConfig => messages::get_dh_config::handle);
    method!(LoggedIn f::messages::ReadEncryptedHistory => messages::read_encrypted_history::handle);
    method!(LoggedIn f::messages::ReceivedQueue => messages::received_queue::handle);
    method!(LoggedIn f::messages::ReportEncryptedSpam => messages::report_encrypted_spam::handle);
    method!(LoggedIn f::messages::RequestEncryption => messages::request_encryption::handle);
    method!(LoggedIn f::messages::SendEncrypted => messages::send_encrypted::handle);
    method!(LoggedIn f::messages::SendEncryptedFile => messages::send_encrypted_file::handle);
    method!(LoggedIn f::messages::SendEncryptedService => messages::send_encrypted_service::handle);
    method!(LoggedIn f::messages::SetEncryptedTyping => messages::set_encrypted_typing::handle);
    method!(LoggedIn f::messages::UploadEncryptedFile => messages::upload_encrypted_file::handle);
    method!(LoggedIn f::updates::GetDifference => updates::get_difference::handle);
    method!(LoggedIn f::updates::GetState => updates::get_state::handle);
    method!(LoggedIn f::messages::UploadMedia => messages::upload_media::handle);
    method!(Anyone f::upload::GetCdnFile => upload::cdn::get_file);
    method!(LoggedIn f::upload::GetCdnFileHashes => upload::cdn::get_hashes);
    method!(LoggedIn f::upload::GetFile => upload::get_file::handle);
    method!(LoggedIn f::upload::GetFileHashes => upload::get_file_hashes::handle);
    method!(LoggedIn f::upload::ReuploadCdnFile => upload::cdn::reupload);
    method!(LoggedIn f::upload::SaveBigFilePart => upload::save_big_file_part::handle);
    method!(LoggedIn f::upload::SaveFilePart => upload::save_file_part::handle);
    method!(LoggedIn f::photos::DeletePhotos => photos::delete);
    method!(LoggedIn f::photos::GetUserPhotos => photos::of_user);
    method!(LoggedIn f::photos::UpdateProfilePhoto => photos::update);
    method!(LoggedIn f::photos::UploadProfilePhoto => photos::upload);
    method!(LoggedIn f::users::GetFullUser => users::get_full_user::handle);
    method!(LoggedIn f::users::GetUsers => users::get_users::handle);
    super::bots::add(&mut table);
    super::cloud_table::add(&mut table);
    super::group_table::add(&mut table);
    table
}
