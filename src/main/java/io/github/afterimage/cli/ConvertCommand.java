package io.github.afterimage.cli;

import io.github.afterimage.experiment.Converting;
import io.github.afterimage.store.ElementType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@picocli.CommandLine.Command(
        name = "convert",
        header = "Store the keys of an index in another element type.",
        description = {
            "",
            "bf16 and f16 halve an index and i8 quarters it, and queries read less. Theta and lambda stay as they are."
        },
        footer = {"  afterimage convert cifar10.safetensors --dtype bf16 --out cifar10-bf16.safetensors"})
final class ConvertCommand extends Command {
    @Parameters(paramLabel = "INDEX", description = "The index to read.")
    private Path file;

    @Mixin
    private OutputIndexOptions output;

    @Mixin
    private VerifyOption verification;

    @Override
    void execute(Report report) throws IOException {
        ElementType type = output.type()
                .orElseThrow(() -> new IllegalArgumentException("convert needs --dtype: f32, f16, bf16 or i8"));
        OutputFile.checkWritable(output.file());
        long start = System.nanoTime();
        Converting.Result result;
        try (TerminalProgress progress = common().progress("converting")) {
            result = Converting.convert(file, verification.verify(), type, output.file(), progress);
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        long bytes = Files.size(output.file());
        report.field("index", file.toString())
                .field("out", output.file().toString())
                .field("from", result.from().shortName())
                .field("type", type.shortName())
                .field("keys", result.keys())
                .field("dim", result.dim())
                .field("classes", result.classes())
                .field("bytes", bytes)
                .field("seconds", seconds)
                .field("keysPerSecond", Format.perSecond(result.keys(), seconds));
        report.line(output.file() + ": " + Format.keys(result.keys(), result.dim(), type) + " from "
                + result.from().shortName() + ", " + Format.bytes(bytes));
        Table stages =
                new Table("lrl").row("convert", Format.seconds(seconds), Format.rate(result.keys(), seconds, "keys"));
        ProcessMemory.report(report, stages);
        report.table(stages);
    }
}
