"""Recipes: settings that fit together, stages that follow from them."""

from __future__ import annotations

from typing import Any

import pytest

from edge.files.errors import InputError
from trainer.fit.recipes import (
    FINE_TUNE_FROM,
    NO_WEIGHTS,
    RECIPES,
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
