"""Today's Ruff in Pants, whose own backend speaks to Ruff as it was before it had subcommands.

Takes over that backend's options (`[ruff]` in pants.toml) and fields (`skip_ruff`).
"""

from pants.backend.python.lint.ruff import skip_field, subsystem
from pants.backend.python.lint.ruff.subsystem import Ruff, RuffFieldSet
from pants.backend.python.util_rules import pex
from pants.backend.python.util_rules.pex import PexRequest, VenvPex, VenvPexProcess
from pants.core.goals.fmt import FmtResult, FmtTargetsRequest
from pants.core.goals.lint import LintResult, LintTargetsRequest
from pants.core.util_rules.config_files import ConfigFiles, ConfigFilesRequest
from pants.core.util_rules.partitions import PartitionerType
from pants.core.util_rules.source_files import SourceFiles, SourceFilesRequest
from pants.engine.fs import Digest, MergeDigests, Snapshot
from pants.engine.process import FallibleProcessResult, ProcessResult
from pants.engine.rules import Get, MultiGet, collect_rules, rule
from pants.util.meta import classproperty


class RuffFormatRequest(FmtTargetsRequest):
    field_set_type = RuffFieldSet
    tool_subsystem = Ruff
    partitioner_type = PartitionerType.DEFAULT_SINGLE_PARTITION

    @classproperty
    def tool_name(cls) -> str:
        return "ruff format"


class RuffCheckRequest(LintTargetsRequest):
    field_set_type = RuffFieldSet
    tool_subsystem = Ruff
    partitioner_type = PartitionerType.DEFAULT_SINGLE_PARTITION

    @classproperty
    def tool_name(cls) -> str:
        return "ruff check"


async def _process(subcommand: str, snapshot: Snapshot, ruff: Ruff) -> VenvPexProcess:
    ruff_pex, config = await MultiGet(
        Get(VenvPex, PexRequest, ruff.to_pex_request()),
        Get(ConfigFiles, ConfigFilesRequest, ruff.config_request(snapshot.dirs)),
    )
    inputs = await Get(Digest, MergeDigests((snapshot.digest, config.snapshot.digest)))
    return VenvPexProcess(
        ruff_pex,
        argv=(subcommand, "--no-cache", *ruff.args, *snapshot.files),
        input_digest=inputs,
        output_files=snapshot.files,
        description=f"Run ruff {subcommand} on {len(snapshot.files)} files",
    )


@rule(desc="Format with ruff")
async def ruff_format(request: RuffFormatRequest.Batch, ruff: Ruff) -> FmtResult:
    process = await _process("format", request.snapshot, ruff)
    result = await Get(ProcessResult, VenvPexProcess, process)
    return await FmtResult.create(request, result, strip_chroot_path=True)


@rule(desc="Check with ruff")
async def ruff_check(request: RuffCheckRequest.Batch, ruff: Ruff) -> LintResult:
    sources = await Get(
        SourceFiles, SourceFilesRequest(element.source for element in request.elements)
    )
    process = await _process("check", sources.snapshot, ruff)
    result = await Get(FallibleProcessResult, VenvPexProcess, process)
    return LintResult.create(request, result, strip_chroot_path=True)


def rules():
    return (
        *collect_rules(),
        *RuffFormatRequest.rules(),
        *RuffCheckRequest.rules(),
        *skip_field.rules(),
        *subsystem.rules(),
        *pex.rules(),
    )
