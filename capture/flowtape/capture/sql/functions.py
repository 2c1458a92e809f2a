"""What calling a SQL function does, by its name alone: what is heard of a database does not say how a function was declared.

PostgreSQL's own functions are known (source: pg_proc of PostgreSQL 16). One that is not its own may do anything: called for its
own sake, in a query of no table, it is taken for a write, unless it is named as only readers are.
"""

from __future__ import annotations

import re

WRITING = frozenset(
    """brin_desummarize_range brin_summarize_new_values brin_summarize_range dblink_exec gin_clean_pending_list lo_creat lo_create
    lo_export lo_from_bytea lo_import lo_put lo_truncate lo_truncate64 lo_unlink lowrite nextval pg_backup_start pg_backup_stop
    pg_cancel_backend pg_copy_logical_replication_slot pg_copy_physical_replication_slot pg_create_logical_replication_slot
    pg_create_physical_replication_slot pg_create_restore_point pg_drop_replication_slot pg_export_snapshot
    pg_import_system_collations pg_logical_emit_message pg_logical_slot_get_binary_changes pg_logical_slot_get_changes
    pg_nextoid pg_notify pg_promote pg_reload_conf pg_replication_slot_advance pg_rotate_logfile pg_stat_reset
    pg_stat_reset_shared pg_switch_wal pg_terminate_backend pg_wal_replay_pause pg_wal_replay_resume setval""".split()
)
SETTING = frozenset(["set_config", "pg_advisory_unlock_all"])
"""They change the session, and nothing else."""
LOCKING = re.compile(r"pg_(?:try_)?advisory_(?:xact_)?lock(?:_shared)?|pg_advisory_unlock(?:_shared)?")

_OWN = frozenset(
    """abbrev abs age btrim char_length character_length setweight any_value area ascii avg broadcast cardinality cast cbrt ceil ceiling center chr clock_timestamp coalesce
    col_description concat concat_ws convert convert_from convert_to corr count crypt cume_dist currval
    cursor_to_xml daterange datemultirange decode degrees dense_rank diagonal diameter digest div encode erf erfc every exists exp extract
    factorial family first_value floor format format_type gcd get_bit get_byte greatest grouping height hmac in initcap isclosed isempty
    isfinite isopen justify_days justify_hours justify_interval lag last_value lastval lcm lead least left length like ln log log10
    loread lower lower_inc lower_inf lpad ltrim make_date make_interval make_time make_timestamp make_timestamptz masklen max
    md5 min min_scale mod mode multirange netmask normalize now npoints nth_value ntile nullif num_nonnulls num_nulls
    nummultirange numrange obj_description octet_length overlaps overlay parse_ident pclose percent_rank pi point popen position pow power
    quote_ident quote_literal quote_nullable radians radius random rank regr_count repeat replace reverse right round row row_number
    row_to_json rpad rtrim scale session_user set_bit set_byte setseed sha224 sha256 sha384 sha512 shobj_description sign
    similarity slope some split_part sqrt statement_timestamp strip strpos substr substring sum timeofday transaction_timestamp translate treat
    trim trim_array trim_scale trunc tsrange tstzrange tsquery tsvector unaccent unistr unnest upper upper_inc upper_inf values variance version
    width width_bucket with within xpath xpath_exists filter over any all array as and or not on using when then else case
    current_date current_time current_timestamp current_user localtime localtimestamp""".split()
)
_FAMILIES = re.compile(
    r"""a?(?:cos|sin|tan)[dh]?\Z|atan2d?\Z|cotd?\Z|(?:bit|box|char|circle|date|host|hostmask|line|name|network|path|polygon|text|time)\Z
    |array_|bit_|bool_|covar_|current_|date_(?:add|bin|part|subtract|trunc)\Z|enum_|float\d|gen_(?:random|salt)|generate_(?:series|subscripts)
    |has_|hash(?:text|int|float|char|bpchar)|inet|int\d|jsonb?_|lo_|macaddr|numeric|oid|percentile_|pg_|pgp_|phraseto_|plainto_
    |query_to_xml|range_|regexp_|regr_|st_|stddev|string_|timestamp|timezone|to_|ts_|txid_|uuid_|uuidv|var_|varchar|websearch_
    |word_similarity|xml""",
    re.VERBOSE,
)
_READERS = re.compile(r"(?:calc(?:ulate)?|compute|count|exists?|find|format|get|has|is|list|lookup|search)_")


def changes(name: str) -> bool:
    """Whether a function of the database's own is known to write."""
    return name in WRITING


def may_change(name: str) -> bool:
    """Whether a function that is called for its own sake may write, for all that is known of it."""
    if name in WRITING:
        return True
    return not (name in _OWN or name in SETTING or _FAMILIES.match(name) or _READERS.match(name))
