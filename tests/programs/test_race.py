"""The race: equal sizes, the same batches for all, and runs that a kill does not change."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch
from jielong.corpora import wonderland
from jielong.files import Damaged
from jielong.programs import race
from jielong.programs.checkpoints import Checkpoints
from jielong.programs.race import RACERS, SIZES, Alone, Size, config_for
from jielong.training import Progress, next_token_loss, seeded

SMALL = Size(20_000, layers=4, heads=2, context=16, batch=4, steps=12, lr=3e-3)
ONE_STEP = replace(SMALL, steps=1)
TEXT = wonderland()[:20_000]


class Killed(Exception):
    pass


@pytest.mark.parametrize("size", [SIZES["tiny"], SIZES["small"]], ids=["tiny", "small"])
def test_all_racers_have_equally_many_parameters(size):
    for racer in RACERS:
        config = config_for(racer, size)
        assert abs(race.parameters(config) / size.parameters - 1) < 0.02, racer
        assert 1 < config.hidden / config.width < 4.5, racer
        assert config.layers == size.layers


def test_counting_parameters_changes_no_dice():
    before = torch.get_rng_state()
    counted = race.parameters(config_for("lstm", SMALL))
    assert torch.equal(torch.get_rng_state(), before)
    assert counted == sum(weight.numel() for weight in race.train("lstm", ONE_STEP, 0, TEXT)[0].parameters())


def test_a_run_hangs_on_its_seed_and_touches_nobody_s_dice():
    before = torch.get_rng_state()
    one, *_ = race.train("mamba", ONE_STEP, 5, TEXT)
    assert torch.equal(torch.get_rng_state(), before)
    torch.rand(3)
    again, *_ = race.train("mamba", ONE_STEP, 5, TEXT)
    other, *_ = race.train("mamba", ONE_STEP, 6, TEXT)
    assert all(weight.dtype == torch.float64 for weight in one.parameters())
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), again.parameters(), strict=True))
    assert not torch.equal(one.embed.weight, other.embed.weight)


def test_hybrids_have_one_layer_of_attention_in_four():
    assert config_for("gated_delta+attention", SIZES["tiny"]).mixers == ("gated_delta",) * 3 + ("attention",)
    assert config_for("gated+attention", replace(SIZES["tiny"], layers=6)).mixers.count("attention") == 1


def test_batches_are_pieces_of_the_text_and_do_not_depend_on_where_one_starts():
    ids, _ = race.split(TEXT)
    four = [batch for (batch,), _ in zip(race.batches(ids, SMALL, seed=3), range(4), strict=False)]
    (again,) = next(race.batches(ids, SMALL, seed=3, start=2))
    assert torch.equal(again, four[2])
    assert not torch.equal(four[2], four[3])
    halves = [next(race.batches(ids, SMALL, seed=3, share=(process, 2)))[0] for process in (0, 1)]
    assert torch.equal(torch.stack(halves, dim=1).flatten(0, 1), four[0])
    text = "".join(race.tokens.decode_text(ids.tolist()))
    assert all(race.tokens.decode_text(row.tolist()) in text for row in four[0])
    assert four[0].shape == (4, 17)
    assert text == TEXT[:18_000]


def test_losses_by_position_average_to_the_loss_of_all_pieces():
    model, (_, test) = seeded(lambda: race.newborn(config_for("gated", SMALL)), 0), race.split(TEXT)
    losses = race.loss_by_position(model, test, 40)
    pieces = [test[start : start + 41] for start in range(0, len(test) - 40, 40)]
    with torch.no_grad():
        wanted = torch.stack([next_token_loss(model, piece[None]) for piece in pieces]).mean()
    assert losses.shape == (40,)
    assert losses.mean().item() == pytest.approx(wanted.item(), rel=1e-5)


@pytest.mark.parametrize("racer", ["lstm", "gated_delta+attention"])
def test_a_run_that_was_killed_ends_with_the_same_weights(racer, tmp_path):
    whole, losses, _ = race.train(racer, SMALL, 1, TEXT)
    kept = Checkpoints(tmp_path / "run.pt", every=5)

    def kill(progress: Progress) -> None:
        if len(progress.losses) == 8:
            raise Killed

    with pytest.raises(Killed):
        race.train(racer, SMALL, 1, TEXT, kept=kept, watch=kill)
    steps: list[int] = []
    again, resumed, _ = race.train(racer, SMALL, 1, TEXT, kept=kept, watch=lambda now: steps.append(len(now.losses)))
    assert steps == list(range(6, 13))
    assert resumed == losses
    for name, weight in whole.state_dict().items():
        assert torch.equal(again.state_dict()[name], weight), name


def test_a_checkpoint_of_other_settings_is_named(tmp_path):
    kept = Checkpoints(tmp_path / "run.pt", every=1)
    race.train("lstm", SMALL, 1, TEXT, kept=kept)
    with pytest.raises(
        ValueError, match=r"run.pt was made by .*'seed': 1.*, not by .*'seed': 2.*choose another folder"
    ):
        race.train("lstm", SMALL, 2, TEXT, kept=kept)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def test_a_run_that_was_killed_after_its_last_step_still_knows_its_speed(tmp_path):
    kept = Checkpoints(tmp_path / "run.pt", every=5)
    _, _, speed = race.train("lstm", SMALL, 1, TEXT, kept=kept)
    again = Checkpoints(tmp_path / "run.pt", every=5)
    _, losses, remembered = race.train("lstm", SMALL, 1, TEXT, kept=again)
    assert len(losses) == SMALL.steps
    assert len(again.seconds) == SMALL.steps - 1
    assert remembered == speed > 0


def test_from_a_damaged_checkpoint_a_run_falls_back_to_the_one_before_it(tmp_path):
    kept = Checkpoints(tmp_path / "run.pt", every=5)
    whole, _, _ = race.train("lstm", SMALL, 1, TEXT, kept=kept)
    truncate(kept.path)
    damaged = kept.path.read_bytes()
    steps: list[int] = []
    with pytest.warns(UserWarning, match="run.pt is damaged: this run goes on from run.previous.pt"):
        again, _, _ = race.train(
            "lstm", SMALL, 1, TEXT, kept=Checkpoints(kept.path), watch=lambda now: steps.append(len(now.losses))
        )
    assert steps == [11, 12]  # kept at 5, 10 and 12
    for name, weight in whole.state_dict().items():
        assert torch.equal(again.state_dict()[name], weight), name
    kept.path.write_bytes(damaged)
    truncate(kept.previous)
    with pytest.raises(Damaged, match=r"run.pt is damaged \(.*\); delete run.pt"):
        Checkpoints(kept.path).read()
    assert kept.path.exists()
    assert kept.previous.exists()  # nothing is taken away
    kept.previous.unlink()
    with pytest.raises(Damaged, match=r"run.pt is damaged"):
        Checkpoints(kept.path).read()


def test_damage_is_one_sentence_and_the_command_ends_with_it(tmp_path):
    """Without race.json, what is finished is only measured again: nothing is lost."""
    (tmp_path / "text.txt").write_text(TEXT)
    options = ["--mixers", "lstm", "--steps", "2", "--cpu", "--text", "text.txt", "--out", "out"]

    def command() -> subprocess.CompletedProcess:
        run = [sys.executable, "-m", "jielong.programs.race", *options]
        return subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, timeout=120)

    ledger, checkpoint = tmp_path / "out" / "race.json", tmp_path / "out" / "lstm-0.pt"
    assert command().returncode == 0
    first = json.loads(ledger.read_text())["results"][0]
    weights = checkpoint.read_bytes()
    ledger.write_text(ledger.read_text()[:-40])
    failed = command()
    assert failed.returncode == 1, failed.stderr
    assert failed.stderr.count("\n") == 1, failed.stderr
    assert failed.stderr.startswith("out/race.json is damaged")
    assert "delete race.json: what is finished" in failed.stderr
    ledger.unlink()
    assert command().returncode == 0
    assert checkpoint.read_bytes() == weights
    again = json.loads(ledger.read_text())["results"][0]
    assert {**again, "decoding": 0} == {**first, "decoding": 0}  # its speed in training, too
    ledger.unlink()
    truncate(checkpoint)
    failed = command()
    assert failed.returncode == 1
    assert "lstm-0.pt is damaged" in failed.stderr
    assert "Traceback" not in failed.stderr


FULL = """
import resource, sys
from pathlib import Path
from jielong.files import NoRoom
from jielong.programs import race
from jielong.programs.checkpoints import Checkpoints
from jielong.training import Progress
model = race.LanguageModel(race.config_for("lstm", race.SIZES["tiny"]))
kept = Checkpoints(Path(sys.argv[1]))
kept.save(model, {}, Progress([1.0]))
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    kept.save(model, {}, Progress([1.0, 2.0]))
except NoRoom:
    print(Checkpoints(kept.path).read()["losses"])
"""


@pytest.mark.skipif(os.name == "nt", reason="limits on a file's size are POSIX")
def test_on_a_full_disk_the_checkpoint_that_was_there_stays(tmp_path):
    run = subprocess.run([sys.executable, "-c", FULL, str(tmp_path / "run.pt")], capture_output=True, text=True)
    assert run.stdout.strip() == "[1.0]", run.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["run.pt"]


@pytest.mark.skipif(os.name == "nt", reason="limits on a file's size are POSIX")
def test_on_a_full_disk_the_command_says_one_sentence(tmp_path):
    command = [
        sys.executable,
        "-m",
        "jielong.programs.race",
        "--mixers",
        "lstm",
        "--steps",
        "1",
        "--out",
        str(tmp_path / "race"),
    ]
    limit = "import resource, runpy; resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)); "
    command[1:3] = ["-c", limit + "runpy.run_module('jielong.programs.race', run_name='__main__')"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    assert "could not be written: the disk is full; make room" in done.stderr.splitlines()[-1]


def test_a_result_says_what_was_measured():
    result = race.run("gated", SMALL, 0, TEXT)
    model, losses, _ = race.train("gated", SMALL, 0, TEXT)
    _, test = race.split(TEXT)
    assert result.curve == losses
    assert losses[-1] < losses[0]
    assert result.loss == pytest.approx(race.loss_by_position(model, test, 16).mean().item())
    assert result.beyond[1] == pytest.approx(race.loss_by_position(model, test, 64)[16:32].mean().item())
    assert [at["context"] for at in result.decoding] == [16, 64, 256, 1024]
    assert len({at["floats"] for at in result.decoding}) == 1
    growing, width = (
        race.run("attention", ONE_STEP, 0, TEXT).decoding,
        config_for("attention", SMALL).width,
    )
    assert [at["floats"] for at in growing] == [2 * 4 * width * at["context"] for at in growing]


def test_the_table_puts_the_lowest_mean_loss_first():
    runs = [race.run(racer, ONE_STEP, seed, TEXT) for racer in ("lstm", "linear") for seed in (0, 1)]
    for run, loss in zip(runs, [3.0, 1.0, 1.5, 1.7], strict=True):
        run.loss = loss
    lines = race.table(runs).splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["linear", "lstm"]
    assert "1.600  1.500..1.700" in lines[1]
    assert "2.000  1.000..3.000" in lines[2]


def test_unknown_racers_and_impossible_sizes_are_named():
    with pytest.raises(ValueError, match="racer='lstn' is unknown; there are .*'lstm'"):
        config_for("lstn", SMALL)
    with pytest.raises(ValueError, match="size: 500 parameters are too few for 4 layers of lstm"):
        config_for("lstm", replace(SMALL, parameters=500))
    with pytest.raises(ValueError, match="batch=4 must be a multiple of the 3 processes"):
        next(race.batches(torch.arange(50), SMALL, 0, share=(0, 3)))


def test_a_race_goes_on_after_a_kill_and_refuses_another_race(tmp_path):
    """The command itself, killed by the system once it has kept something; two racers, of which one was finished."""
    (tmp_path / "text.txt").write_text(TEXT)
    options = ["--mixers", "lstm", "--steps", "4000", "--every", "3", "--cpu", "--text", "text.txt", "--out", "out"]
    command = subprocess.Popen(
        [sys.executable, "-m", "jielong.programs.race", *options], cwd=tmp_path, stderr=subprocess.DEVNULL
    )
    checkpoint = tmp_path / "out" / "lstm-0.pt"
    while not checkpoint.exists():
        assert command.poll() is None
        time.sleep(0.1)
    command.send_signal(signal.SIGKILL)
    command.wait()
    size = replace(SIZES["tiny"], steps=4000)
    model = race.LanguageModel(config_for("lstm", size))
    made_by = {"racer": "lstm", "seed": 0, "text": race.fingerprint(TEXT), **asdict(size)}
    progress = Checkpoints(checkpoint).load(model, made_by)
    assert len(progress.losses) % 3 == 0 < len(progress.losses) < 4000
    reached: list[int] = []

    def enough(progress: Progress) -> None:
        reached.append(len(progress.losses))
        raise Killed

    with pytest.raises(Killed):
        race.train("lstm", size, 0, TEXT, kept=Checkpoints(checkpoint), watch=enough)
    assert reached == [len(progress.losses) + 1]


def test_a_race_is_kept_and_not_run_twice(tmp_path):
    few = replace(SMALL, steps=2)
    first = race.race(few, ["lstm"], [0], TEXT, tmp_path, Alone(), every=50)
    both = race.race(few, ["lstm", "linear"], [0], TEXT, tmp_path, Alone(), every=50)
    assert [result.racer for result in both] == ["lstm", "linear"]
    assert both[0] == first[0]
    assert json.loads((tmp_path / "race.json").read_text())["results"] == [asdict(result) for result in both]
    with pytest.raises(ValueError, match="race.json holds a race of .* choose another folder"):
        race.race(SMALL, ["lstm"], [0], TEXT, tmp_path, Alone(), every=50)


def test_two_processes_run_the_same_race(tmp_path):
    """Each takes half of every batch; their mean gradient is the whole batch's; rounding ends on the grid."""
    (tmp_path / "text.txt").write_text(TEXT)
    launch = [str(Path(sys.executable).with_name("accelerate")), "launch", "--multi_gpu", "--num_processes", "2"]
    launch += ["--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no", "--main_process_port", "0"]
    options = ["--mixers", "lstm", "--steps", "3", "--cpu", "--text", "text.txt", "--out", "out"]
    done = subprocess.run(
        [*launch, "-m", "jielong.programs.race", *options],
        cwd=tmp_path,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "lstm" in done.stdout.splitlines()[-1]
    weights = torch.load(tmp_path / "out" / "lstm-0.pt", weights_only=True)["model"]
    alone, _, _ = race.train("lstm", replace(SIZES["tiny"], steps=3), 0, TEXT)
    for name, weight in alone.state_dict().items():
        assert torch.equal(weights[name], weight), name


# ------------------------------------------------------------------------------------------- with nothing said


@pytest.mark.parametrize("racer", ["attention", "mamba"])
def test_no_other_width_comes_nearer_to_eight_thirds(racer):
    """Shazeer 2020: a gated layer has 8/3 hidden units for each of its width, so many weights as 4 without a gate."""
    size = SIZES["tiny"]

    def off(width):
        others = race.parameters(replace(config_for(racer, size), width=width, hidden=1))
        hidden = 1 + round((size.parameters - others) / (3 * width * size.layers))
        return abs(hidden / width - 8 / 3) if hidden > 0 else float("inf")

    assert config_for(racer, size).width == min(range(8, 158, 8), key=off)


def test_a_newborn_s_embeddings_have_length_one():
    torch.manual_seed(0)
    lengths = race.newborn(replace(config_for("attention", SIZES["tiny"]), vocabulary=2000)).embed.weight.norm(dim=1)
    assert lengths.square().mean().item() == pytest.approx(1, abs=0.01)


def test_nine_tenths_are_to_learn_from():
    train, test = race.split("a" * 90 + "b" * 10)
    assert len(set(train.tolist())) == 1
    assert len(train) == 90
    assert len(set(test.tolist())) == 1


def test_a_race_is_read_at_four_times_its_length_and_written_after_64_times(monkeypatch):
    lengths = []
    real = race.loss_by_position
    monkeypatch.setattr(race, "loss_by_position", lambda m, ids, length: lengths.append(length) or real(m, ids, length))
    result = race.run("lstm", replace(ONE_STEP, context=8), text=TEXT[:4000])
    assert lengths == [8, 32]
    assert len(result.beyond) == 4
    assert [after["context"] for after in result.decoding] == [8, 32, 128, 512]
