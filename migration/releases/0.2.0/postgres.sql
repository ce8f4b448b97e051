CREATE TABLE public.acme_records (
    name text NOT NULL,
    sealed bytea NOT NULL,
    updated_at bigint NOT NULL
);
CREATE TABLE public.applications (
    id uuid NOT NULL,
    name text NOT NULL,
    secret_hash bytea NOT NULL,
    created_at bigint NOT NULL
);
CREATE TABLE public.attempt_stand_ins (
    id smallint NOT NULL,
    attempts bigint NOT NULL
);
CREATE TABLE public.avatars (
    user_id uuid NOT NULL,
    object_key text NOT NULL,
    content_type text NOT NULL,
    bytes bigint NOT NULL,
    width bigint NOT NULL,
    height bigint NOT NULL,
    digest bytea NOT NULL,
    updated_at bigint NOT NULL
);
CREATE TABLE public.backup_codes (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    hash text NOT NULL,
    created_at bigint NOT NULL,
    used_at bigint
);
CREATE TABLE public.canary_shares (
    generation text NOT NULL,
    percent smallint NOT NULL,
    set_at bigint NOT NULL
);
CREATE TABLE public.captcha_uses (
    id uuid NOT NULL,
    expires_at bigint NOT NULL
);
CREATE TABLE public.consents (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    document text NOT NULL,
    version text NOT NULL,
    accepted_at bigint NOT NULL,
    network text
);
CREATE TABLE public.cookie_generations (
    generation text NOT NULL,
    secure boolean NOT NULL,
    domain text NOT NULL,
    first_used_at bigint NOT NULL
);
CREATE TABLE public.device_attempts (
    device_id uuid NOT NULL,
    user_id uuid NOT NULL,
    failures bigint NOT NULL,
    last_tried_at bigint NOT NULL
);
CREATE TABLE public.factor_attempts (
    user_id uuid NOT NULL,
    factor text NOT NULL,
    consecutive bigint NOT NULL,
    recent bigint NOT NULL,
    locks bigint NOT NULL,
    locked_until bigint,
    last_tried_at bigint NOT NULL
);
CREATE TABLE public.health_probes (
    id smallint NOT NULL,
    writes bigint NOT NULL
);
CREATE TABLE public.invitations (
    id uuid NOT NULL,
    email text NOT NULL,
    roles text NOT NULL,
    invited_by uuid,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    accepted_at bigint,
    accepted_by uuid,
    revoked_at bigint
);
CREATE TABLE public.job_runs (
    job text NOT NULL,
    finished_at bigint NOT NULL,
    rows bigint NOT NULL,
    rows_total bigint NOT NULL
);
CREATE TABLE public.leases (
    name text NOT NULL,
    holder text NOT NULL,
    expires_at bigint NOT NULL
);
CREATE TABLE public.login_challenges (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    token_hash bytea NOT NULL,
    credential_epoch bigint NOT NULL,
    amr text NOT NULL,
    device_name text,
    tries bigint NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    used_at bigint,
    voided_at bigint,
    remembered boolean DEFAULT true NOT NULL,
    time_zone text
);
CREATE TABLE public.login_delays (
    cell bigint NOT NULL,
    version bigint NOT NULL,
    empty_at bigint NOT NULL,
    open_at bigint NOT NULL,
    saved_at bigint NOT NULL
);
CREATE TABLE public.one_time_tokens (
    id uuid NOT NULL,
    purpose text NOT NULL,
    user_id uuid,
    invitation_id uuid,
    token_hash bytea NOT NULL,
    email text,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    used_at bigint,
    voided_at bigint,
    session_id uuid,
    credential_epoch bigint,
    sent_at bigint,
    resends bigint DEFAULT 0 NOT NULL
);
CREATE TABLE public.outbox (
    id uuid NOT NULL,
    channel text NOT NULL,
    template text NOT NULL,
    user_id uuid,
    sealed bytea,
    state text NOT NULL,
    attempts bigint NOT NULL,
    created_at bigint NOT NULL,
    next_attempt_at bigint NOT NULL,
    expires_at bigint,
    finished_at bigint,
    last_error text
);
CREATE TABLE public.passkeys (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    credential_id bytea NOT NULL,
    name text NOT NULL,
    credential text NOT NULL,
    aaguid uuid,
    backup_eligible boolean NOT NULL,
    backed_up boolean NOT NULL,
    created_at bigint NOT NULL,
    last_used_at bigint
);
CREATE TABLE public.password_credentials (
    user_id uuid NOT NULL,
    hash text NOT NULL,
    changed_at bigint NOT NULL,
    failures bigint DEFAULT 0 NOT NULL,
    locked_at bigint,
    known_failures bigint DEFAULT 0 NOT NULL,
    known_locked_at bigint
);
CREATE TABLE public.pending_registrations (
    id uuid NOT NULL,
    email text NOT NULL,
    network text NOT NULL,
    wider_network text NOT NULL,
    link_hash bytea NOT NULL,
    secret_hash bytea NOT NULL,
    password_hash text NOT NULL,
    display_name text,
    locale text,
    terms_version text,
    consent_network text,
    failures bigint NOT NULL,
    link_failures bigint NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL
);
CREATE TABLE public.quota_usage (
    scope text NOT NULL,
    day bigint NOT NULL,
    used bigint NOT NULL,
    user_id uuid
);
CREATE TABLE public.revocations (
    seq bigint NOT NULL,
    family_id uuid NOT NULL,
    revoked_at bigint NOT NULL,
    reason text NOT NULL,
    created_before bigint,
    settled_at bigint
);
ALTER TABLE public.revocations ALTER COLUMN seq ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.revocations_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.root_keys (
    id smallint NOT NULL,
    sealed bytea NOT NULL,
    state text NOT NULL,
    created_at bigint NOT NULL
);
CREATE TABLE public.schema_versions (
    id smallint NOT NULL,
    version bigint NOT NULL,
    least_compatible bigint NOT NULL
);
CREATE TABLE public.seaql_migrations (
    version character varying NOT NULL,
    applied_at bigint NOT NULL
);
CREATE TABLE public.security_events (
    id uuid NOT NULL,
    kind text NOT NULL,
    user_id uuid,
    actor_id uuid,
    session_id uuid,
    correlation_id text NOT NULL,
    address text,
    user_agent text,
    detail json NOT NULL,
    created_at bigint NOT NULL
);
CREATE TABLE public.session_families (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    key_id smallint NOT NULL,
    salt bytea NOT NULL,
    generation bigint NOT NULL,
    current_jti uuid NOT NULL,
    rotated_at bigint NOT NULL,
    rotation_key_hash bytea,
    auth_time bigint NOT NULL,
    amr text NOT NULL,
    aal smallint NOT NULL,
    credential_epoch bigint NOT NULL,
    created_at bigint NOT NULL,
    last_seen_at bigint NOT NULL,
    idle_expires_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    device_hash bytea NOT NULL,
    device_name text,
    browser text,
    os text,
    device_type text NOT NULL,
    last_ip_cidr text,
    location text,
    country text,
    latitude smallint,
    longitude smallint,
    login_country text,
    revoked_at bigint,
    revoke_reason text,
    replayed_jti uuid,
    access_expires_at bigint,
    known_device_id uuid,
    transport text DEFAULT 'bearer'::text NOT NULL,
    remembered boolean DEFAULT true NOT NULL
)
WITH (fillfactor='70');
CREATE TABLE public.signing_keys (
    kid text NOT NULL,
    algorithm text NOT NULL,
    state text NOT NULL,
    sealed bytea NOT NULL,
    public_jwk text NOT NULL,
    created_at bigint NOT NULL,
    activated_at bigint,
    mac bytea
);
CREATE TABLE public.sms_authenticators (
    user_id uuid NOT NULL,
    sealed bytea NOT NULL,
    created_at bigint NOT NULL,
    confirmed_at bigint,
    last_used_at bigint
);
CREATE TABLE public.sms_codes (
    flow_id uuid NOT NULL,
    user_id uuid NOT NULL,
    purpose text NOT NULL,
    sealed bytea NOT NULL,
    number_sealed bytea,
    tries bigint NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    used_at bigint,
    session_id uuid,
    credential_epoch bigint
);
CREATE TABLE public.sms_sends (
    id uuid NOT NULL,
    user_id uuid,
    phone_hash bytea NOT NULL,
    network_hash bytea,
    created_at bigint NOT NULL
);
CREATE TABLE public.stranger_counts (
    minute bigint NOT NULL,
    kind text NOT NULL,
    network text NOT NULL,
    requests bigint NOT NULL
);
CREATE TABLE public.totp_authenticators (
    user_id uuid NOT NULL,
    sealed bytea NOT NULL,
    last_step bigint NOT NULL,
    created_at bigint NOT NULL,
    confirmed_at bigint,
    last_used_at bigint
);
CREATE TABLE public.trusted_devices (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    secret_hash bytea NOT NULL,
    name text,
    browser text,
    os text,
    device_type text NOT NULL,
    last_ip_cidr text,
    failures bigint NOT NULL,
    created_at bigint NOT NULL,
    last_used_at bigint NOT NULL,
    expires_at bigint NOT NULL
);
CREATE TABLE public.users (
    id uuid NOT NULL,
    email text NOT NULL,
    display_name text,
    status text NOT NULL,
    roles text NOT NULL,
    credential_epoch bigint NOT NULL,
    password_must_change boolean NOT NULL,
    email_verified_at bigint,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    locale text,
    erase_at bigint,
    mfa_enrolled_at bigint,
    mfa_reset_until bigint,
    device_epoch bigint DEFAULT 0 NOT NULL,
    is_admin boolean GENERATED ALWAYS AS ((strpos(((' '::text || roles) || ' '::text), ' admin '::text) > 0)) STORED,
    external_id text,
    time_zone text
);
CREATE TABLE public.webauthn_ceremonies (
    id uuid NOT NULL,
    kind text NOT NULL,
    user_id uuid,
    flow_id uuid,
    sealed bytea NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    used_at bigint
);
CREATE TABLE public.webauthn_ceremony_uses (
    id uuid NOT NULL,
    expires_at bigint NOT NULL
);
INSERT INTO public.applications VALUES ('01a21e0c-5e0f-77be-bebd-7a0ab4baf02d', 'shop', '\xa2d0bd66b631fda4c10e205b408012ab40d681d27f3c37ebe600594801050565', 1795800456719972);
INSERT INTO public.attempt_stand_ins VALUES (0, 0);
INSERT INTO public.attempt_stand_ins VALUES (1, 0);
INSERT INTO public.attempt_stand_ins VALUES (2, 0);
INSERT INTO public.attempt_stand_ins VALUES (3, 0);
INSERT INTO public.attempt_stand_ins VALUES (4, 0);
INSERT INTO public.attempt_stand_ins VALUES (5, 0);
INSERT INTO public.attempt_stand_ins VALUES (6, 0);
INSERT INTO public.attempt_stand_ins VALUES (7, 0);
INSERT INTO public.attempt_stand_ins VALUES (8, 0);
INSERT INTO public.attempt_stand_ins VALUES (9, 0);
INSERT INTO public.attempt_stand_ins VALUES (10, 0);
INSERT INTO public.attempt_stand_ins VALUES (11, 0);
INSERT INTO public.attempt_stand_ins VALUES (12, 0);
INSERT INTO public.attempt_stand_ins VALUES (13, 0);
INSERT INTO public.attempt_stand_ins VALUES (14, 0);
INSERT INTO public.attempt_stand_ins VALUES (15, 0);
INSERT INTO public.attempt_stand_ins VALUES (16, 0);
INSERT INTO public.attempt_stand_ins VALUES (17, 0);
INSERT INTO public.attempt_stand_ins VALUES (18, 0);
INSERT INTO public.attempt_stand_ins VALUES (19, 0);
INSERT INTO public.attempt_stand_ins VALUES (20, 0);
INSERT INTO public.attempt_stand_ins VALUES (21, 0);
INSERT INTO public.attempt_stand_ins VALUES (22, 0);
INSERT INTO public.attempt_stand_ins VALUES (23, 0);
INSERT INTO public.attempt_stand_ins VALUES (24, 0);
INSERT INTO public.attempt_stand_ins VALUES (25, 0);
INSERT INTO public.attempt_stand_ins VALUES (26, 0);
INSERT INTO public.attempt_stand_ins VALUES (27, 0);
INSERT INTO public.attempt_stand_ins VALUES (28, 0);
INSERT INTO public.attempt_stand_ins VALUES (29, 0);
INSERT INTO public.attempt_stand_ins VALUES (30, 0);
INSERT INTO public.attempt_stand_ins VALUES (31, 0);
INSERT INTO public.attempt_stand_ins VALUES (32, 0);
INSERT INTO public.attempt_stand_ins VALUES (33, 0);
INSERT INTO public.attempt_stand_ins VALUES (34, 0);
INSERT INTO public.attempt_stand_ins VALUES (35, 0);
INSERT INTO public.attempt_stand_ins VALUES (36, 0);
INSERT INTO public.attempt_stand_ins VALUES (37, 0);
INSERT INTO public.attempt_stand_ins VALUES (38, 0);
INSERT INTO public.attempt_stand_ins VALUES (39, 0);
INSERT INTO public.attempt_stand_ins VALUES (40, 0);
INSERT INTO public.attempt_stand_ins VALUES (41, 0);
INSERT INTO public.attempt_stand_ins VALUES (42, 0);
INSERT INTO public.attempt_stand_ins VALUES (43, 0);
INSERT INTO public.attempt_stand_ins VALUES (44, 0);
INSERT INTO public.attempt_stand_ins VALUES (45, 0);
INSERT INTO public.attempt_stand_ins VALUES (46, 0);
INSERT INTO public.attempt_stand_ins VALUES (47, 0);
INSERT INTO public.attempt_stand_ins VALUES (48, 0);
INSERT INTO public.attempt_stand_ins VALUES (49, 0);
INSERT INTO public.attempt_stand_ins VALUES (50, 0);
INSERT INTO public.attempt_stand_ins VALUES (51, 0);
INSERT INTO public.attempt_stand_ins VALUES (52, 0);
INSERT INTO public.attempt_stand_ins VALUES (53, 0);
INSERT INTO public.attempt_stand_ins VALUES (54, 0);
INSERT INTO public.attempt_stand_ins VALUES (55, 0);
INSERT INTO public.attempt_stand_ins VALUES (56, 0);
INSERT INTO public.attempt_stand_ins VALUES (57, 0);
INSERT INTO public.attempt_stand_ins VALUES (58, 0);
INSERT INTO public.attempt_stand_ins VALUES (59, 0);
INSERT INTO public.attempt_stand_ins VALUES (60, 0);
INSERT INTO public.attempt_stand_ins VALUES (61, 0);
INSERT INTO public.attempt_stand_ins VALUES (62, 0);
INSERT INTO public.attempt_stand_ins VALUES (63, 0);
INSERT INTO public.backup_codes VALUES ('01a21e0c-58b1-793e-8371-702351e6d868', '01a21e0c-57e9-7bfd-824c-3e8e2eef3614', '$argon2id$v=19$m=8,t=1,p=1$Ntk5FMIvOLNT2l3uABEoNg$weIMhQsTvsJZvnF2Bfbg2u2ExOz+mWxWbJcQXE6yBDs', 1795800455345801, NULL);
INSERT INTO public.backup_codes VALUES ('01a21e0c-58b1-765a-8a6a-133b6ed46822', '01a21e0c-57e9-7bfd-824c-3e8e2eef3614', '$argon2id$v=19$m=8,t=1,p=1$Ntk5FMIvOLNT2l3uABEoNg$/6QUjyeGZTR5b9m7Cr+9lO/4iHe4NLEozAjUPzC9XFc', 1795800455345801, NULL);
INSERT INTO public.backup_codes VALUES ('01a21e0c-58b1-7696-b21d-7758b992c633', '01a21e0c-57e9-7bfd-824c-3e8e2eef3614', '$argon2id$v=19$m=8,t=1,p=1$Ntk5FMIvOLNT2l3uABEoNg$XroOW0pXW7kU/QM5VZc4K6hT1Bo04xGHYzENe7905hM', 1795800455345801, NULL);
INSERT INTO public.backup_codes VALUES ('01a21e0c-58b1-7a25-8e40-86e7f6e1d228', '01a21e0c-57e9-7bfd-824c-3e8e2eef3614', '$argon2id$v=19$m=8,t=1,p=1$Ntk5FMIvOLNT2l3uABEoNg$ZizxVdtjB/KToS3OFXmNVCr6kmXLjf6shjxl99US2WM', 1795800455345801, NULL);
INSERT INTO public.backup_codes VALUES ('01a21e0c-58b1-7ac1-a260-9e84c1e1c812', '01a21e0c-57e9-7bfd-824c-3e8e2eef3614', '$argon2id$v=19$m=8,t=1,p=1$Ntk5FMIvOLNT2l3uABEoNg$ow2kT8DE2oS+nYNYcmd76OSXnIv54Gn/G5HffJZ8nOE', 1795800455345801, NULL);
INSERT INTO public.backup_codes VALUES ('01a21e0c-58b1-7be8-9364-04e01758f17b', '01a21e0c-57e9-7bfd-824c-3e8e2eef3614', '$argon2id$v=19$m=8,t=1,p=1$Ntk5FMIvOLNT2l3uABEoNg$TNhQW4PQoHUkq/bPUmHwA42s1tf3PZfuq2eIBErfm1s', 1795800455345801, NULL);
INSERT INTO public.backup_codes VALUES ('01a21e0c-58b1-70c0-977c-ecbf9efcdb9d', '01a21e0c-57e9-7bfd-824c-3e8e2eef3614', '$argon2id$v=19$m=8,t=1,p=1$Ntk5FMIvOLNT2l3uABEoNg$S9nMO5pzUEpK6muimlMJ7uskkbCkV7O0j6F6VKa9w7E', 1795800455345801, NULL);
INSERT INTO public.backup_codes VALUES ('01a21e0c-58b1-76f7-b40c-51725bb9b6ca', '01a21e0c-57e9-7bfd-824c-3e8e2eef3614', '$argon2id$v=19$m=8,t=1,p=1$Ntk5FMIvOLNT2l3uABEoNg$lZRGHMFo5dx35/qEOHwTRswcQveYUr66vLpkQN6o3GE', 1795800455345801, NULL);
INSERT INTO public.backup_codes VALUES ('01a21e0c-58b1-7129-a6da-c63524d249ce', '01a21e0c-57e9-7bfd-824c-3e8e2eef3614', '$argon2id$v=19$m=8,t=1,p=1$Ntk5FMIvOLNT2l3uABEoNg$5A37yAwze5h9oNL1qpQ08LfxKRnr8AB+JjvHxo1ehtc', 1795800455345801, NULL);
INSERT INTO public.backup_codes VALUES ('01a21e0c-58b1-72a7-9f7e-a1ca4608e028', '01a21e0c-57e9-7bfd-824c-3e8e2eef3614', '$argon2id$v=19$m=8,t=1,p=1$Ntk5FMIvOLNT2l3uABEoNg$SS7yD7pKBGo2gDs1vpT7V9vy7BNGDoKa0o+q1X3+aUo', 1795800455345801, NULL);
INSERT INTO public.cookie_generations VALUES ('v1', false, '', 1795800454341549);
INSERT INTO public.health_probes VALUES (1, 3);
INSERT INTO public.one_time_tokens VALUES ('01a21e0c-57e9-7fd1-9d3d-b5b8272e3113', 'verify_email', '01a21e0c-57e9-7bfd-824c-3e8e2eef3614', NULL, '\x19f58bcecdd97eb3621427dadcd379e38e873865c1e3d65917e25692d178693e', 'ada@example.org', 1795800455145658, 1795886855145658, NULL, NULL, NULL, NULL, NULL, 0);
INSERT INTO public.one_time_tokens VALUES ('01a21e0c-5910-73c8-ba57-0fe8e5cb6c7e', 'verify_email', '01a21e0c-5910-7507-9467-617593e159d0', NULL, '\x61c774948061362c6a464e43fb08ecfe366504811663c4f47ebec99684848860', 'bob@example.org', 1795800455440857, 1795886855440857, NULL, NULL, NULL, NULL, NULL, 0);
INSERT INTO public.one_time_tokens VALUES ('01a21e0c-59f1-7302-9912-b6e0d70f718e', 'reset_password', '01a21e0c-5910-7507-9467-617593e159d0', NULL, '\x5acd0907808e5d81d541690f3c0d14079fa4f1e99b57b2fdb26fd3adfc196065', 'bob@example.org', 1795800455665779, 1795802255665779, NULL, NULL, NULL, NULL, NULL, 0);
INSERT INTO public.outbox VALUES ('01a21e0c-57e9-78ae-b2e1-8e6c95b991da', 'mail', 'verify_email', '01a21e0c-57e9-7bfd-824c-3e8e2eef3614', NULL, 'sent', 1, 1795800455145716, 1795800575165871, 1795886855145658, 1795800455198535, NULL);
INSERT INTO public.outbox VALUES ('01a21e0c-5910-7822-babd-9b302d25ed8c', 'mail', 'verify_email', '01a21e0c-5910-7507-9467-617593e159d0', NULL, 'sent', 1, 1795800455440932, 1795800575454688, 1795886855440857, 1795800455493309, NULL);
INSERT INTO public.outbox VALUES ('01a21e0c-59f1-7ff8-b7c5-e3a3ea840a24', 'mail', 'reset_password', '01a21e0c-5910-7507-9467-617593e159d0', NULL, 'sent', 1, 1795800455665924, 1795800575677170, 1795802255665779, 1795800455697185, NULL);
INSERT INTO public.password_credentials VALUES ('01a21e0c-57e9-7bfd-824c-3e8e2eef3614', '$argon2id$v=19$m=8,t=1,p=1$YpZEj+C+6iIr9WSrtHuaUQ$Lv912mWwP24bwhPqfjqcAHsG28LOSgxXS6s6zloOo+8', 1795800455145636, 0, NULL, 0, NULL);
INSERT INTO public.password_credentials VALUES ('01a21e0c-5910-7507-9467-617593e159d0', '$argon2id$v=19$m=8,t=1,p=1$hCQYjGe8xMAN22j27/7TWg$YFRHo4Aws31zOrLhQcB7ACtDASx1f2AoA23Lwoxu/FA', 1795800455440831, 0, NULL, 0, NULL);
INSERT INTO public.quota_usage VALUES ('mail', 20784, 3, NULL);
INSERT INTO public.quota_usage VALUES ('mail-requested/81ab34763160cfc80f6f1bc20bb61cdd', 20784, 2, NULL);
INSERT INTO public.quota_usage VALUES ('mail-requested/a637df245e89b096f775db2532812b6c', 20784, 1, NULL);
INSERT INTO public.quota_usage VALUES ('mail/01a21e0c-57e9-7bfd-824c-3e8e2eef3614', 20784, 1, '01a21e0c-57e9-7bfd-824c-3e8e2eef3614');
INSERT INTO public.quota_usage VALUES ('mail/01a21e0c-5910-7507-9467-617593e159d0', 20784, 2, '01a21e0c-5910-7507-9467-617593e159d0');
INSERT INTO public.quota_usage VALUES ('sms', 20784, 0, NULL);
INSERT INTO public.revocations VALUES (1, '01a21e0c-593b-7b8c-aaab-736c5619f20a', 1795800455621746, 'logout', NULL, NULL);
INSERT INTO public.root_keys VALUES (1, '\x02cc8d9503270af85a937c6820c9ac48c1e8d18ea0933349303c072b2738db14ae48fe98f8c38d5b04fad7d9723f568729f17ca8f04d4eb922d7efe2b14ad477a4a637d901f37716a4cedfa424', 'active', 1795800454293457);
INSERT INTO public.schema_versions VALUES (1, 31, 21);
INSERT INTO public.seaql_migrations VALUES ('m20261121_000001_users', 1795800453);
INSERT INTO public.seaql_migrations VALUES ('m20261121_000002_keys', 1795800453);
INSERT INTO public.seaql_migrations VALUES ('m20261121_000003_session_families', 1795800453);
INSERT INTO public.seaql_migrations VALUES ('m20261121_000004_security_events', 1795800453);
INSERT INTO public.seaql_migrations VALUES ('m20261121_000005_account_states', 1795800453);
INSERT INTO public.seaql_migrations VALUES ('m20261121_000006_outbox', 1795800453);
INSERT INTO public.seaql_migrations VALUES ('m20261121_000007_one_time_tokens', 1795800453);
INSERT INTO public.seaql_migrations VALUES ('m20261121_000008_personal_data', 1795800453);
INSERT INTO public.seaql_migrations VALUES ('m20261121_000009_login_states', 1795800453);
INSERT INTO public.seaql_migrations VALUES ('m20261121_000010_administration', 1795800453);
INSERT INTO public.seaql_migrations VALUES ('m20261121_000011_upkeep', 1795800453);
INSERT INTO public.seaql_migrations VALUES ('m20261121_000012_authenticators', 1795800453);
INSERT INTO public.seaql_migrations VALUES ('m20261126_000001_access_expiry', 1795800453);
INSERT INTO public.seaql_migrations VALUES ('m20261126_000010_signing_key_tags', 1795800453);
INSERT INTO public.seaql_migrations VALUES ('m20261126_000011_revoke_all', 1795800453);
INSERT INTO public.seaql_migrations VALUES ('m20261126_000020_stranger_counts', 1795800453);
INSERT INTO public.seaql_migrations VALUES ('m20261126_000021_ceremony_uses', 1795800453);
INSERT INTO public.seaql_migrations VALUES ('m20261126_000030_known_devices', 1795800453);
INSERT INTO public.seaql_migrations VALUES ('m20261126_000040_bound_links', 1795800453);
INSERT INTO public.seaql_migrations VALUES ('m20261126_000050_pending_registrations', 1795800453);
INSERT INTO public.seaql_migrations VALUES ('m20261126_000060_schema_versions', 1795800454);
INSERT INTO public.seaql_migrations VALUES ('m20261126_000070_admins', 1795800454);
INSERT INTO public.seaql_migrations VALUES ('m20261126_000080_health_probes', 1795800454);
INSERT INTO public.seaql_migrations VALUES ('m20261126_000090_external_ids', 1795800454);
INSERT INTO public.seaql_migrations VALUES ('m20261127_000010_session_transport', 1795800454);
INSERT INTO public.seaql_migrations VALUES ('m20261127_000020_cookie_generations', 1795800454);
INSERT INTO public.seaql_migrations VALUES ('m20261127_000040_captcha_uses', 1795800454);
INSERT INTO public.seaql_migrations VALUES ('m20261127_000300_acme', 1795800454);
INSERT INTO public.seaql_migrations VALUES ('m20261127_000310_applications', 1795800454);
INSERT INTO public.seaql_migrations VALUES ('m20261127_000360_time_zones', 1795800454);
INSERT INTO public.seaql_migrations VALUES ('m20261127_000510_canary_shares', 1795800454);
INSERT INTO public.security_events VALUES ('01a21e0c-57e9-7fa4-9d79-5440eef9a3b3', 'account.registered', '01a21e0c-57e9-7bfd-824c-3e8e2eef3614', '01a21e0c-57e9-7bfd-824c-3e8e2eef3614', NULL, '01a21e0c-554d-7be6-baf9-3d82d2c05f92', '127.0.0.1', NULL, '{}', 1795800455145643);
INSERT INTO public.security_events VALUES ('01a21e0c-5834-7a64-9f37-fdf9f6dd7a2e', 'login.succeeded', '01a21e0c-57e9-7bfd-824c-3e8e2eef3614', '01a21e0c-57e9-7bfd-824c-3e8e2eef3614', '01a21e0c-5823-776b-8812-dda317f2ab35', '01a21e0c-5800-7525-b7c8-1fff897cffd7', '127.0.0.1', NULL, '{"amr": ["pwd"], "device": null}', 1795800455220004);
INSERT INTO public.security_events VALUES ('01a21e0c-58b1-7f1e-921f-8ec41ec6cb91', 'factor.enrolled', '01a21e0c-57e9-7bfd-824c-3e8e2eef3614', '01a21e0c-57e9-7bfd-824c-3e8e2eef3614', '01a21e0c-5823-776b-8812-dda317f2ab35', '01a21e0c-5881-7672-b3d4-e6980c9d4850', '127.0.0.1', NULL, '{"factor": "totp"}', 1795800455345856);
INSERT INTO public.security_events VALUES ('01a21e0c-5910-796f-a7d8-268518ea7f1d', 'account.registered', '01a21e0c-5910-7507-9467-617593e159d0', '01a21e0c-5910-7507-9467-617593e159d0', NULL, '01a21e0c-58e9-743d-bb24-6e9c926c66b8', '127.0.0.1', NULL, '{}', 1795800455440840);
INSERT INTO public.security_events VALUES ('01a21e0c-5952-7de1-90e1-0100c7b5392f', 'login.succeeded', '01a21e0c-5910-7507-9467-617593e159d0', '01a21e0c-5910-7507-9467-617593e159d0', '01a21e0c-593b-7b8c-aaab-736c5619f20a', '01a21e0c-5920-73dd-a5fe-4aa4319c567f', '127.0.0.1', NULL, '{"amr": ["pwd"], "device": null}', 1795800455506410);
INSERT INTO public.security_events VALUES ('01a21e0c-597d-74cf-9007-112b11f8f721', 'login.succeeded', '01a21e0c-5910-7507-9467-617593e159d0', '01a21e0c-5910-7507-9467-617593e159d0', '01a21e0c-5973-76f1-8d1f-b4e30c57d9f1', '01a21e0c-5959-7549-9897-610b5f37daaa', '127.0.0.1', NULL, '{"amr": ["pwd"], "device": null}', 1795800455549975);
INSERT INTO public.security_events VALUES ('01a21e0c-59ac-7cf6-8e8d-a2e98053772d', 'login.succeeded', '01a21e0c-5910-7507-9467-617593e159d0', '01a21e0c-5910-7507-9467-617593e159d0', '01a21e0c-5999-7a7a-a9a5-5a8d834ad4b2', '01a21e0c-5986-7130-9efb-b77a0b79d5b7', '127.0.0.1', NULL, '{"amr": ["pwd"], "device": null}', 1795800455596897);
INSERT INTO public.security_events VALUES ('01a21e0c-59c5-7802-9663-cf0787a38de5', 'session.ended', '01a21e0c-5910-7507-9467-617593e159d0', '01a21e0c-5910-7507-9467-617593e159d0', '01a21e0c-593b-7b8c-aaab-736c5619f20a', '01a21e0c-59ba-7512-935f-4ad9ae302c69', '127.0.0.1', NULL, '{"reason": "logout"}', 1795800455621746);
INSERT INTO public.security_events VALUES ('01a21e0c-59eb-7657-82a3-698916ef4abd', 'password.reset_requested', '01a21e0c-5910-7507-9467-617593e159d0', NULL, NULL, '01a21e0c-59e9-7f07-9362-d0d58653a714', '127.0.0.1', NULL, '{"sent": true}', 1795800455659703);
INSERT INTO public.security_events VALUES ('01a21e0c-5e10-7b7e-9587-45bd71defd9e', 'application.created', NULL, NULL, NULL, '01a21e0c-5e0e-7b18-a298-58a7ca179558', NULL, 'kindred-cli/0.1.0', '{"via": "cli", "application": "01a21e0c-5e0f-77be-bebd-7a0ab4baf02d"}', 1795800456720043);
INSERT INTO public.session_families VALUES ('01a21e0c-5823-776b-8812-dda317f2ab35', '01a21e0c-57e9-7bfd-824c-3e8e2eef3614', 1, '\x0abc54b4dcad1dc784a5ba773ade7c4b', 2, '9777bc56-1970-8b1e-9b32-4e053dc9c5fc', 1795800455389908, '\xbece32c3c5f139675fb1e48597ffc5af', 1795800455203601, 'pwd', 1, 0, 1795800455203601, 1795800455389908, 1798392455389908, 1803576455203601, '\x7321b70b31133f8b', NULL, NULL, NULL, 'unknown', '127.0.0.0/24', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1795801079389908, '01a21e0c-5823-7bfb-9e76-af7efd9f8e68', 'bearer', true);
INSERT INTO public.session_families VALUES ('01a21e0c-5973-76f1-8d1f-b4e30c57d9f1', '01a21e0c-5910-7507-9467-617593e159d0', 1, '\xfc3df6b843c6e2f007fe3d0444af80ee', 1, 'd4a713fd-fcb1-8b4b-a543-743e34a7e5ed', 1795800455539584, NULL, 1795800455539584, 'pwd', 1, 0, 1795800455539584, 1795800455539584, 1798392455539584, 1803576455539584, '\x7321b70b31133f8b', NULL, NULL, NULL, 'unknown', '127.0.0.0/24', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1795801082539584, '01a21e0c-5973-7c15-a0cf-86f770be5035', 'bearer', true);
INSERT INTO public.session_families VALUES ('01a21e0c-5999-7a7a-a9a5-5a8d834ad4b2', '01a21e0c-5910-7507-9467-617593e159d0', 1, '\xb9901854f1fae825fc426046b56bbd18', 1, '13103bd3-2a15-894b-b743-c5baec91bf7d', 1795800455577272, NULL, 1795800455577272, 'pwd', 1, 0, 1795800455577272, 1795800455577272, 1798392455577272, 1803576455577272, '\x7321b70b31133f8b', NULL, NULL, NULL, 'unknown', '127.0.0.0/24', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1795801063577272, '01a21e0c-5999-7d9d-a2fe-e2137aa8af9a', 'bearer', true);
INSERT INTO public.session_families VALUES ('01a21e0c-593b-7b8c-aaab-736c5619f20a', '01a21e0c-5910-7507-9467-617593e159d0', 1, '\xc422f18731c3dffc960e603614477145', 1, '11480ad8-50c9-8ba8-95c2-3c03921ac685', 1795800455483683, NULL, 1795800455483683, 'pwd', 1, 0, 1795800455483683, 1795800455483683, 1798392455483683, 1803576455483683, '\x7321b70b31133f8b', NULL, NULL, NULL, 'unknown', '127.0.0.0/24', NULL, NULL, NULL, NULL, NULL, 1795800455621746, 'logout', NULL, 1795801033483683, '01a21e0c-593b-7044-8b26-547b05e2012e', 'bearer', true);
INSERT INTO public.signing_keys VALUES ('BbtYh-c1xJ_32z0tfEICv2fCsBexRd6ITNeUcga_G7s', 'ES256', 'active', '\x02cc8d950388d6d2125ddb771c5b1a71239968edfb82164f2a08ecd2a864eadc36d57e5175a555aa29c647bcbb77aecb60dfac5d6bf5a993c75060b2f95ea34b8c25e2b37f9ea317154904ee1c73c19e6cbfc0d7054ec043c1aad9c3a58cf882322bfa4c87ef3c17555a8cefb97383b1adae9934171702b1ed3aede482c247f23360d2d32dabd112e826a9b56f1d5095bcdc9af26f9c6649ed64223d7912fdcdd1e8fb4b62becaeaa705573b01a5677fcc0e41edf610ed', '{"alg":"ES256","crv":"P-256","kid":"BbtYh-c1xJ_32z0tfEICv2fCsBexRd6ITNeUcga_G7s","kty":"EC","use":"sig","x":"j9MndnJA5mV-_JLJjqyBViN5UR-KcfxKTwpkPCW5Qzg","y":"5CYyucLqnQZXgApwLC3wh8uzGm2aXfAz89I9pIDFdzQ"}', 1795800454315617, 1795800454315617, '\x01cc8d95032b6a11b7f9d04ecb3ae79ca8e6701c405f7b3dca32013e9b572d935dcee0c016');
INSERT INTO public.signing_keys VALUES ('O5xHI_Xf80nfCcsBR3pRGbWpD-PzjC4TzRSkqhGgSFQ', 'ES256', 'standby', '\x02cc8d9503fa149e73f488f990f02ee677bd80ab682d971606fde7c95a7fef92fc959cc93325d5c19781ec57eaebaca92b3aa057848837e10d789a0a5c77d68d2130b71a1879e82d8e2a580d9e7ee953124fb798c630c3c3dc9219c145f11f43990b4179e01d9138709a8299dc0f68e81e2892d8edaa9496142ab4ce869b8c98723c8fd04683a8ff4d2f3586d7bfbe43ab8cac51a0b10b4ffe259295676c43e5ad3e9a4c76b1b45a459cd786277cc7aa241021b7848ef8', '{"alg":"ES256","crv":"P-256","kid":"O5xHI_Xf80nfCcsBR3pRGbWpD-PzjC4TzRSkqhGgSFQ","kty":"EC","use":"sig","x":"Boay3vMPqrALPtu4tBSkJv2xR45nwLoMbcdOgRbPXio","y":"OHzTOu6bo3wGO6IuJi3xn5Pf2E7LADxKxVjZACHget4"}', 1795800454315617, NULL, '\x01cc8d9503f0c7487d262e92d30af7184999811e4b1aff1fb1b5faa40b59e4248719338efe');
INSERT INTO public.totp_authenticators VALUES ('01a21e0c-57e9-7bfd-824c-3e8e2eef3614', '\x02cc8d9503daeec8d08dbf0bcd68b063e79f31acc1c8da77749f96b586b879f2fd1cf47d89e8e812dc319bf9738b6b461b9c50aa725ed0323306dc651844d36aaa', 59860015, 1795800455280754, 1795800455307206, NULL);
INSERT INTO public.users VALUES ('01a21e0c-57e9-7bfd-824c-3e8e2eef3614', 'ada@example.org', NULL, 'active', 'user', 0, false, NULL, 1795800455145636, 1795800455145636, NULL, NULL, 1795800455307206, NULL, 0, DEFAULT, NULL, NULL);
INSERT INTO public.users VALUES ('01a21e0c-5910-7507-9467-617593e159d0', 'bob@example.org', NULL, 'active', 'user', 0, false, NULL, 1795800455440831, 1795800455440831, NULL, NULL, NULL, NULL, 0, DEFAULT, NULL, NULL);
SELECT pg_catalog.setval('public.revocations_seq_seq', 1, true);
ALTER TABLE ONLY public.acme_records
    ADD CONSTRAINT acme_records_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.applications
    ADD CONSTRAINT applications_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.attempt_stand_ins
    ADD CONSTRAINT attempt_stand_ins_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.avatars
    ADD CONSTRAINT avatars_pkey PRIMARY KEY (user_id);
ALTER TABLE ONLY public.backup_codes
    ADD CONSTRAINT backup_codes_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.canary_shares
    ADD CONSTRAINT canary_shares_pkey PRIMARY KEY (generation);
ALTER TABLE ONLY public.captcha_uses
    ADD CONSTRAINT captcha_uses_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.consents
    ADD CONSTRAINT consents_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.cookie_generations
    ADD CONSTRAINT cookie_generations_pkey PRIMARY KEY (generation, secure, domain);
ALTER TABLE ONLY public.device_attempts
    ADD CONSTRAINT device_attempts_pkey PRIMARY KEY (device_id);
ALTER TABLE ONLY public.factor_attempts
    ADD CONSTRAINT factor_attempts_pkey PRIMARY KEY (user_id, factor);
ALTER TABLE ONLY public.health_probes
    ADD CONSTRAINT health_probes_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.invitations
    ADD CONSTRAINT invitations_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.job_runs
    ADD CONSTRAINT job_runs_pkey PRIMARY KEY (job);
ALTER TABLE ONLY public.leases
    ADD CONSTRAINT leases_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.login_challenges
    ADD CONSTRAINT login_challenges_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.login_challenges
    ADD CONSTRAINT login_challenges_token_hash_key UNIQUE (token_hash);
ALTER TABLE ONLY public.login_delays
    ADD CONSTRAINT login_delays_pkey PRIMARY KEY (cell);
ALTER TABLE ONLY public.one_time_tokens
    ADD CONSTRAINT one_time_tokens_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.one_time_tokens
    ADD CONSTRAINT one_time_tokens_token_hash_key UNIQUE (token_hash);
ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.passkeys
    ADD CONSTRAINT passkeys_credential_id_key UNIQUE (credential_id);
ALTER TABLE ONLY public.passkeys
    ADD CONSTRAINT passkeys_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.password_credentials
    ADD CONSTRAINT password_credentials_pkey PRIMARY KEY (user_id);
ALTER TABLE ONLY public.pending_registrations
    ADD CONSTRAINT pending_registrations_link_hash_key UNIQUE (link_hash);
ALTER TABLE ONLY public.pending_registrations
    ADD CONSTRAINT pending_registrations_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.quota_usage
    ADD CONSTRAINT quota_usage_pkey PRIMARY KEY (scope, day);
ALTER TABLE ONLY public.revocations
    ADD CONSTRAINT revocations_pkey PRIMARY KEY (seq);
ALTER TABLE ONLY public.root_keys
    ADD CONSTRAINT root_keys_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.schema_versions
    ADD CONSTRAINT schema_versions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.seaql_migrations
    ADD CONSTRAINT seaql_migrations_pkey PRIMARY KEY (version);
ALTER TABLE ONLY public.security_events
    ADD CONSTRAINT security_events_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.session_families
    ADD CONSTRAINT session_families_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.signing_keys
    ADD CONSTRAINT signing_keys_pkey PRIMARY KEY (kid);
ALTER TABLE ONLY public.sms_authenticators
    ADD CONSTRAINT sms_authenticators_pkey PRIMARY KEY (user_id);
ALTER TABLE ONLY public.sms_codes
    ADD CONSTRAINT sms_codes_pkey PRIMARY KEY (flow_id);
ALTER TABLE ONLY public.sms_sends
    ADD CONSTRAINT sms_sends_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.stranger_counts
    ADD CONSTRAINT stranger_counts_pkey PRIMARY KEY (minute, kind, network);
ALTER TABLE ONLY public.totp_authenticators
    ADD CONSTRAINT totp_authenticators_pkey PRIMARY KEY (user_id);
ALTER TABLE ONLY public.trusted_devices
    ADD CONSTRAINT trusted_devices_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.trusted_devices
    ADD CONSTRAINT trusted_devices_secret_hash_key UNIQUE (secret_hash);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_email_key UNIQUE (email);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.webauthn_ceremonies
    ADD CONSTRAINT webauthn_ceremonies_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.webauthn_ceremony_uses
    ADD CONSTRAINT webauthn_ceremony_uses_pkey PRIMARY KEY (id);
CREATE INDEX backup_codes_by_user ON public.backup_codes USING btree (user_id);
CREATE INDEX captcha_uses_by_expiry ON public.captcha_uses USING btree (expires_at);
CREATE INDEX consents_by_user ON public.consents USING btree (user_id, accepted_at);
CREATE INDEX device_attempts_by_user ON public.device_attempts USING btree (user_id);
CREATE INDEX invitations_by_creation ON public.invitations USING btree (created_at, id);
CREATE INDEX invitations_by_expiry ON public.invitations USING btree (expires_at);
CREATE UNIQUE INDEX invitations_open ON public.invitations USING btree (email) WHERE ((accepted_at IS NULL) AND (revoked_at IS NULL));
CREATE INDEX login_challenges_by_expiry ON public.login_challenges USING btree (expires_at);
CREATE INDEX login_challenges_by_user ON public.login_challenges USING btree (user_id);
CREATE INDEX one_time_tokens_by_address ON public.one_time_tokens USING btree (email) WHERE ((user_id IS NULL) AND (invitation_id IS NULL));
CREATE INDEX one_time_tokens_by_expiry ON public.one_time_tokens USING btree (expires_at);
CREATE INDEX one_time_tokens_by_invitation ON public.one_time_tokens USING btree (invitation_id);
CREATE INDEX one_time_tokens_by_user ON public.one_time_tokens USING btree (user_id, purpose);
CREATE INDEX outbox_by_user ON public.outbox USING btree (user_id);
CREATE INDEX outbox_due ON public.outbox USING btree (next_attempt_at) WHERE (state = 'pending'::text);
CREATE INDEX outbox_finished ON public.outbox USING btree (finished_at) WHERE (finished_at IS NOT NULL);
CREATE INDEX passkeys_by_user ON public.passkeys USING btree (user_id);
CREATE INDEX pending_registrations_by_expiry ON public.pending_registrations USING btree (expires_at);
CREATE UNIQUE INDEX pending_registrations_by_place ON public.pending_registrations USING btree (email, network);
CREATE INDEX quota_usage_by_user ON public.quota_usage USING btree (user_id) WHERE (user_id IS NOT NULL);
CREATE INDEX revocations_by_time ON public.revocations USING btree (revoked_at);
CREATE INDEX revocations_of_all ON public.revocations USING btree (created_before) WHERE (created_before IS NOT NULL);
CREATE UNIQUE INDEX root_keys_one_active ON public.root_keys USING btree (state) WHERE (state = 'active'::text);
CREATE INDEX security_events_by_actor ON public.security_events USING btree (actor_id, created_at) WHERE (actor_id IS NOT NULL);
CREATE INDEX security_events_by_time ON public.security_events USING btree (created_at);
CREATE INDEX security_events_by_user ON public.security_events USING btree (user_id, created_at);
CREATE INDEX security_events_failed_logins ON public.security_events USING btree (created_at) WHERE (kind = 'login.failed'::text);
CREATE INDEX session_families_by_expiry ON public.session_families USING btree (expires_at);
CREATE INDEX session_families_by_revocation ON public.session_families USING btree (revoked_at) WHERE (revoked_at IS NOT NULL);
CREATE INDEX session_families_by_user ON public.session_families USING btree (user_id, id);
CREATE INDEX session_families_by_user_and_device ON public.session_families USING btree (user_id, device_hash);
CREATE INDEX session_families_live_by_user ON public.session_families USING btree (user_id) WHERE (revoked_at IS NULL);
CREATE UNIQUE INDEX signing_keys_one_active ON public.signing_keys USING btree (state) WHERE (state = 'active'::text);
CREATE INDEX sms_codes_by_expiry ON public.sms_codes USING btree (expires_at);
CREATE INDEX sms_codes_by_user ON public.sms_codes USING btree (user_id);
CREATE INDEX sms_sends_by_network ON public.sms_sends USING btree (network_hash, created_at);
CREATE INDEX sms_sends_by_number ON public.sms_sends USING btree (phone_hash, created_at);
CREATE INDEX sms_sends_by_time ON public.sms_sends USING btree (created_at);
CREATE INDEX sms_sends_by_user ON public.sms_sends USING btree (user_id, created_at);
CREATE INDEX trusted_devices_by_expiry ON public.trusted_devices USING btree (expires_at);
CREATE INDEX trusted_devices_by_user ON public.trusted_devices USING btree (user_id);
CREATE INDEX users_admins ON public.users USING btree (id) WHERE is_admin;
CREATE INDEX users_by_creation ON public.users USING btree (created_at, id);
CREATE INDEX users_by_enrollment ON public.users USING btree (mfa_enrolled_at);
CREATE INDEX users_by_erasure ON public.users USING btree (erase_at) WHERE (erase_at IS NOT NULL);
CREATE UNIQUE INDEX users_external_id ON public.users USING btree (external_id) WHERE (external_id IS NOT NULL);
CREATE INDEX webauthn_ceremonies_by_expiry ON public.webauthn_ceremonies USING btree (expires_at);
CREATE UNIQUE INDEX webauthn_ceremonies_by_flow ON public.webauthn_ceremonies USING btree (flow_id, kind);
CREATE INDEX webauthn_ceremonies_by_kind ON public.webauthn_ceremonies USING btree (kind, expires_at);
CREATE INDEX webauthn_ceremonies_by_user ON public.webauthn_ceremonies USING btree (user_id);
CREATE INDEX webauthn_ceremony_uses_by_expiry ON public.webauthn_ceremony_uses USING btree (expires_at);
ALTER TABLE ONLY public.avatars
    ADD CONSTRAINT avatars_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.backup_codes
    ADD CONSTRAINT backup_codes_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.consents
    ADD CONSTRAINT consents_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.device_attempts
    ADD CONSTRAINT device_attempts_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.factor_attempts
    ADD CONSTRAINT factor_attempts_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.login_challenges
    ADD CONSTRAINT login_challenges_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.one_time_tokens
    ADD CONSTRAINT one_time_tokens_invitation_id_fkey FOREIGN KEY (invitation_id) REFERENCES public.invitations(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.one_time_tokens
    ADD CONSTRAINT one_time_tokens_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.passkeys
    ADD CONSTRAINT passkeys_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.password_credentials
    ADD CONSTRAINT password_credentials_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.quota_usage
    ADD CONSTRAINT quota_usage_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.session_families
    ADD CONSTRAINT session_families_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.sms_authenticators
    ADD CONSTRAINT sms_authenticators_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.sms_codes
    ADD CONSTRAINT sms_codes_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.sms_sends
    ADD CONSTRAINT sms_sends_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.totp_authenticators
    ADD CONSTRAINT totp_authenticators_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.trusted_devices
    ADD CONSTRAINT trusted_devices_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.webauthn_ceremonies
    ADD CONSTRAINT webauthn_ceremonies_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
