"""Recipes: settings that fit together, stages that follow from them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edge.files.errors import InputError
from tests.unit.fakes import make_card
from trainer.fit.recipes import (
    FINE_TUNE_FROM,
    IMAGENET,
    MAX_RATE,
    NO_WEIGHTS,
    RECIPES,
    TrainSettings,
    plan_stages,
    settings_for,
)


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_recipe_has_a_plan(recipe: str) -> None:
    stages = plan_stages(settings_for(recipe))
    assert stages
    assert all(stage.epochs > 0 and stage.rate > 0 for stage in stages)


@pytest.mark.parametrize("recipe", RECIPES)
def test_shares_sum_to_one(recipe: str) -> None:
    assert sum(RECIPES[recipe].shares.values()) == pytest.approx(1)


def test_what_is_given_replaces_a_recipe_s_default() -> None:
    assert settings_for("last-layers").patience == 5
    assert settings_for("last-layers", patience=2, epochs=None).patience == 2
    assert settings_for("last-layers", patience=2, epochs=None).epochs == 10


def test_two_stages_learn_the_head_first_and_the_backbone_more_slowly() -> None:
    head, finetune, context = plan_stages(settings_for("two-stage"))
    assert head.trainable_from is None
    assert finetune.trainable_from == FINE_TUNE_FROM
    assert finetune.rate < head.rate
    assert not finetune.batch_norms
    assert context.context
    assert not finetune.context
    assert context.rate < finetune.rate


def test_random_weights_are_not_frozen() -> None:
    (stage,) = plan_stages(settings_for("two-stage", weights=NO_WEIGHTS))
    assert stage.trainable_from == ""
    assert stage.epochs == 16


def test_an_earlier_model_needs_no_head() -> None:
    stages = plan_stages(settings_for("two-stage", weights="runs/first/model.keras"))
    assert [stage.name for stage in stages] == ["finetune", "context"]
    assert [stage.epochs for stage in stages] == [5, 1]


def test_the_epochs_of_an_earlier_model_are_those_of_fine_tuning() -> None:
    settings = settings_for("two-stage", weights="runs/first/model.keras", epochs=7)
    assert [stage.epochs for stage in plan_stages(settings)] == [7, 1]
    with pytest.raises(InputError, match="not both"):
        settings_for("two-stage", weights="model.keras", epochs=7, finetune_epochs=3)
    with pytest.raises(InputError, match="no epochs"):
        settings_for("two-stage", weights="model.keras", finetune_epochs=0, context_epochs=0)


def test_an_earlier_model_brings_its_width_and_input_size(tmp_path: Path) -> None:
    card = make_card(input_px=160, recipe={"alpha": 0.5})
    (tmp_path / "card.json").write_text(card.to_json())
    (tmp_path / "model.keras").touch()
    for weights in (str(tmp_path), tmp_path / "model.keras"):
        settings = settings_for("two-stage", weights=weights)
        assert (settings.alpha, settings.input_px) == (0.5, 160)
        assert settings.weights == str(tmp_path / "model.keras")
    assert settings_for("two-stage", weights=str(tmp_path), alpha=1.0).alpha == 1.0


@pytest.mark.parametrize(
    ("recipe", "weights"),
    [*((recipe, None) for recipe in RECIPES), ("two-stage", NO_WEIGHTS), ("two-stage", "m.keras")],
)
def test_a_learning_rate_is_that_of_the_first_stage_and_the_others_keep_their_ratio(
    recipe: str, weights: str | None
) -> None:
    usual = plan_stages(settings_for(recipe, weights=weights))
    given = plan_stages(settings_for(recipe, weights=weights, learning_rate=0.02))
    assert given[0].rate == 0.02
    ratios = [stage.rate / usual[0].rate for stage in usual]
    assert [stage.rate / 0.02 for stage in given] == pytest.approx(ratios)


@pytest.mark.parametrize("rate", [0.0, -1e-3, 0.2, float("nan")])
def test_a_rate_that_cannot_be_trained_with_is_refused(rate: float) -> None:
    with pytest.raises(InputError, match="--learning-rate"):
        settings_for("two-stage", learning_rate=rate)


@pytest.mark.parametrize(
    ("recipe", "given"),
    [
        *((recipe, {}) for recipe in RECIPES),
        ("two-stage", {"finetune_epochs": 0}),
        ("two-stage", {"weights": NO_WEIGHTS}),
        ("two-stage", {"weights": "m.keras"}),
    ],
)
def test_the_highest_learning_rate_makes_no_other_rate_higher(
    recipe: str, given: dict[str, Any]
) -> None:
    settings = settings_for(recipe, learning_rate=MAX_RATE, **given)
    assert plan_stages(settings)[0].rate == pytest.approx(MAX_RATE)
    assert max(settings.head_rate, settings.finetune_rate) <= MAX_RATE


def test_a_context_stage_alone_takes_a_third_of_the_highest_learning_rate() -> None:
    given = {"weights": "m.keras", "finetune_epochs": 0}
    with pytest.raises(InputError, match=r"--learning-rate 0\.1: .* at most 0\.0333"):
        settings_for("two-stage", learning_rate=MAX_RATE, **given)
    settings = settings_for("two-stage", learning_rate=0.03, **given)
    assert plan_stages(settings)[0].rate == pytest.approx(0.03)
    assert max(settings.head_rate, settings.finetune_rate) <= MAX_RATE


def test_a_folder_named_like_a_word_for_weights_is_not_meant_by_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for word in (IMAGENET, NO_WEIGHTS):
        (tmp_path / word).mkdir()
        (tmp_path / word / "model.keras").touch()
        settings = settings_for("two-stage", weights=word)
        assert settings.weights == word
        assert not settings.starts_from_trained
        given = settings_for("two-stage", weights=f"./{word}").weights
        assert given == str(Path(word) / "model.keras")
    assert settings_for("two-stage", weights="./absent").weights == "./absent"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, value) for name in ("epochs", "patience", "batch_size") for value in (0, -1)),
        *((name, -1) for name in ("finetune_epochs", "context_epochs", "seed")),
        *((name, value) for name in ("window_px", "input_px") for value in (-32, 0, 8192)),
        ("seed", 2**31),
        ("epochs", 1.5),
        ("batch_size", "32"),
        ("window_px", float("nan")),
    ],
)
def test_a_number_that_cannot_be_trained_with_is_refused_by_its_option(
    name: str, value: Any
) -> None:
    option = f"--{name.replace('_', '-')}"
    with pytest.raises(InputError, match=f"{option} .*expected a whole number"):
        settings_for("two-stage", **{name: value})
    with pytest.raises(InputError, match=option):
        TrainSettings(**{name: value})


@pytest.mark.parametrize(
    ("recipe", "given", "complaint"),
    [
        ("fast", {}, "'fast'"),
        ("two-stage", {"alpha": 0.4}, r"0\.4"),
        ("two-stage", {"input_px": 100}, "100"),
        ("two-stage", {"split": "fold"}, "'fold'"),
        ("scratch", {"weights": "imagenet"}, "leave --weights out"),
        ("frozen", {"weights": "model.keras"}, "two-stage"),
    ],
)
def test_settings_that_cannot_work_are_refused(
    recipe: str, given: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(InputError, match=complaint):
        settings_for(recipe, **given)
