//! What every backend must do, one module for each part of the contract.
//!
//! A case takes a [`Harness`] and makes subjects of its own, so that one server can be shared by
//! all the cases, running beside one another.

pub(crate) mod fixture;
mod harness;

pub(crate) mod access;
pub(crate) mod advance;
pub(crate) mod audit;
pub(crate) mod bans;
pub(crate) mod cause;
pub(crate) mod clients;
pub(crate) mod crowd;
pub(crate) mod cut_offs;
pub(crate) mod exchange;
pub(crate) mod guard;
pub(crate) mod limit;
pub(crate) mod lists;
pub(crate) mod opaque;
pub(crate) mod races;
pub(crate) mod revoke;
pub(crate) mod sessions;
pub(crate) mod users;

pub(crate) use self::fixture::{guard, nobody_has, random_name, subject};
pub(crate) use self::harness::{Harness, Time, counts};

/// Mounts every case on a backend as a test of its own: `conformance!(factory)`, where the
/// factory is `async fn() -> Harness`, in the file that calls this.
macro_rules! conformance {
    ($factory:ident) => {
        conformance! { @mount $factory
            access {
                a_recorded_token_is_live_with_what_was_recorded,
                a_token_nobody_recorded_is_not_live,
                a_token_is_gone_at_its_exp,
                a_token_with_an_exp_in_the_past_is_never_live,
                a_jti_is_recorded_once,
                a_jti_that_a_session_holds_is_taken,
                what_one_instance_records_another_sees,
                the_store_is_ready,
            }
            sessions {
                a_session_is_read_as_it_was_opened,
                a_session_without_optional_fields_is_read_without_them,
                given_roles_that_are_empty_are_not_the_same_as_none_given,
                a_session_nobody_opened_is_none,
                a_session_is_gone_when_it_expires,
                a_sid_is_opened_once,
                the_view_carries_the_subjects_user_and_tells_whether_the_access_token_lives,
                a_collision_of_the_access_token_opens_nothing,
            }
            advance {
                an_advance_writes_the_counter_the_token_the_time_and_the_address,
                an_advance_keeps_what_the_session_was_opened_with,
                the_token_before_an_advance_lives_on,
                an_advance_from_another_counter_is_lost_and_writes_nothing,
                a_counter_may_jump_ahead,
                an_advance_without_a_session_is_gone,
                an_advance_to_the_same_counter_records_a_token_and_extends_nothing,
                an_advance_to_a_taken_jti_is_a_collision_and_writes_nothing,
                an_advance_after_a_revocation_brings_nothing_back,
                an_advance_keeps_a_session_alive_beyond_its_first_end,
                an_advance_after_the_session_expired_is_gone,
                a_repeat_is_noted_once_an_advance,
                a_repeat_on_a_session_that_is_gone_is_not_noted,
            }
            guard {
                another_version_than_the_users_is_stale,
                version_0_is_right_for_a_subject_without_a_user_only,
                a_user_created_in_between_makes_the_read_version_stale,
                every_change_of_a_user_makes_the_read_version_stale,
                a_user_deleted_and_made_again_has_another_version,
                a_disabled_user_gets_nothing_recorded,
                a_clients_own_token_needs_the_client,
                a_session_is_not_opened_for_a_clients_id,
                an_advance_is_guarded_like_an_opening,
                what_was_refused_left_nothing_behind,
            }
            bans {
                a_ban_ends_all_that_the_subject_has,
                a_ban_blocks_every_way_to_record,
                a_ban_leaves_other_subjects_alone,
                a_ban_lifts_itself_at_its_end,
                a_second_ban_replaces_the_first,
                a_repeated_ban_ends_nothing_twice,
                an_unban_lets_record_again_and_revives_nothing,
                an_unban_of_a_subject_without_a_ban_is_fine,
                a_subject_nobody_has_heard_of_can_be_banned,
                a_ban_stands_for_every_instance,
                standing_bans_are_listed_newest_first_and_no_others,
            }
            revoke {
                a_token_is_revoked_alone,
                a_session_is_revoked_with_its_tokens,
                every_access_token_of_a_session_dies_with_it,
                the_others_are_revoked_and_this_one_lives,
                a_subject_is_revoked_with_all_it_has,
                a_subject_can_record_again_after_it_was_revoked,
                what_is_revoked_twice_counts_zero,
                what_nobody_recorded_counts_zero,
                what_has_expired_is_not_counted,
                a_revocation_holds_for_every_instance,
            }
            cause {
                nothing_ended_a_token_nobody_issued,
                nothing_ended_a_token_that_lives,
                the_cause_of_a_tokens_end_is_kept,
                the_cause_of_a_sessions_end_is_its_tokens_too,
                the_cause_of_a_subjects_end_is_its_tokens_too,
                a_ban_is_the_cause_of_what_it_ended,
                a_change_of_roles_is_the_cause_of_what_it_ended,
                the_first_cause_stays,
            }
            cut_offs {
                a_cut_off_covers_what_began_before_it_and_nothing_later,
                a_cut_off_holds_for_every_instance_when_it_returns,
                a_later_moment_stands_and_an_earlier_one_changes_nothing,
                a_keys_cut_off_names_the_key_and_nothing_else,
                what_is_kept_no_longer_leaves_the_others,
            }
            users {
                a_created_user_is_found_by_its_name_and_its_slot,
                a_sub_or_a_name_that_is_taken_is_a_conflict,
                two_users_with_one_name_at_once_are_one,
                a_name_that_is_freed_and_wanted_at_once_is_one_users,
                a_new_password_ends_sessions_and_tokens,
                new_roles_end_the_tokens_and_not_the_sessions,
                disabling_ends_everything_and_enabling_brings_nothing_back,
                a_change_of_an_unknown_user_is_none,
                a_change_writes_only_what_it_names,
                a_rehash_changes_the_hash_and_nothing_else,
                a_rehash_of_another_version_does_nothing,
                deleting_a_user_ends_all_and_frees_its_name,
                deleting_an_unknown_user_is_none,
                users_are_listed_newest_first,
            }
            clients {
                a_client_is_read_as_it_was_created,
                a_client_id_is_taken_once,
                a_client_and_a_user_never_share_an_id,
                a_client_and_a_subject_with_a_session_never_share_an_id,
                a_client_is_replaced_only_at_the_version_that_was_read,
                a_client_that_is_gone_is_not_replaced,
                a_deleted_client_is_gone_and_its_id_free,
                a_client_made_again_has_another_version,
                clients_are_listed_newest_first,
            }
            exchange {
                an_exchanged_token_is_live_beside_the_one_that_it_was_exchanged_for,
                nothing_is_exchanged_for_what_is_not_alive,
                an_exchange_is_guarded_like_a_recording,
                an_exchanged_token_dies_with_its_session,
                an_exchanged_token_without_a_session_dies_with_its_parent,
                what_ends_all_of_a_subject_ends_what_was_exchanged,
                no_exchange_survives_the_end_that_it_raced,
            }
            opaque {
                claims_are_recorded_and_read_whole_by_every_way_to_record,
                a_session_remembers_a_digest_of_the_claims_that_it_was_given,
                an_opaque_token_ends_as_any_other,
                an_opaque_token_is_gone_at_its_exp,
                tokens_are_exchanged_from_one_format_to_the_other,
                nothing_is_exchanged_for_other_claims,
                why_an_opaque_token_ended_is_kept_for_it_alone,
                an_opaque_token_that_expired_was_ended_by_nothing,
            }
            limit {
                the_oldest_session_ends_when_one_too_many_opens,
                sessions_of_other_audiences_and_subjects_are_not_counted,
                a_lower_limit_ends_all_that_are_too_many,
                an_opening_that_is_refused_ends_nothing,
                an_expired_session_takes_no_place,
                openings_at_once_never_leave_too_many,
            }
            lists {
                a_subjects_sessions_are_listed_newest_first,
                sessions_of_one_second_are_listed_each_once,
                a_list_loses_and_repeats_nothing_while_things_come_and_go,
                an_ended_session_is_not_listed,
                an_expired_session_is_not_listed,
                sessions_are_found_by_their_address,
                a_refreshed_session_is_found_by_its_new_address,
                a_subject_and_an_address_together_narrow_the_list,
                all_sessions_are_listed_without_a_filter,
            }
            audit {
                events_come_back_newest_first_and_as_they_were_written,
                pages_of_the_audit_join_without_loss,
            }
            crowd {
                ten_thousand_tokens_are_the_limit_and_all_die_at_once,
                what_has_expired_does_not_count_to_the_limit,
            }
            races {
                no_session_survives_a_ban_that_it_raced,
                no_session_survives_a_new_password_that_it_raced,
                no_session_survives_the_deletion_of_its_user,
                no_token_survives_a_change_of_roles_that_it_raced,
                one_of_fifty_equal_advances_wins,
                no_advance_brings_back_a_session_that_is_revoked,
                every_opening_that_raced_a_revocation_is_ended_or_alive_and_counted,
                one_of_fifty_equal_jtis_is_recorded,
            }
        }
    };
    (@mount $factory:ident $($group:ident { $($case:ident),* $(,)? })*) => {
        $(
            mod $group {
                $(
                    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                    async fn $case() {
                        let harness = super::$factory().await;
                        crate::suite::$group::$case(&harness).await;
                    }
                )*
            }
        )*
    };
}
