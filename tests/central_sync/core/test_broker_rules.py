"""What a broker is told: patterns, and who is silenced."""

from central_sync.core.broker_rules import mosquitto_acl, mosquitto_conf, nats_conf


def test_a_new_store_needs_no_new_rules() -> None:
    assert mosquitto_acl(()) == mosquitto_acl([])
    assert "pattern write endcap/v1/stores/%u/up/#" in mosquitto_acl(())
    assert "deny" not in mosquitto_acl(())


def test_a_revoked_store_is_silenced_by_name() -> None:
    rules = mosquitto_acl(["store-2", "store-1"])
    assert rules.index("user store-1\ntopic deny #") < rules.index("user store-2\ntopic deny #")


def test_the_settings_name_the_files_where_the_broker_finds_them() -> None:
    assert "crlfile /etc/x/revoked.pem" in mosquitto_conf("/etc/x")


def test_nats_is_told_each_store_by_name() -> None:
    rules = nats_conf(["store-1"], "/etc/x")
    assert '"CN=store-1", permissions: { publish: ["endcap.v1.stores.store-1.up.>"]' in rules
    assert '"CN=centre", permissions: { publish: ["endcap.v1.stores.*.down.>"]' in rules


def test_the_centre_hears_its_own_words_of_media_and_no_others_to_stores() -> None:
    assert "topic read endcap/v1/stores/+/down/media" in mosquitto_acl(())
    assert mosquitto_acl(()).count("topic read") == 2
    assert '"endcap.v1.stores.*.down.media"' in nats_conf([], "/etc/x")
