package io.github.afterimage.cli.index;

import io.github.afterimage.StoredIndex;
import io.github.afterimage.experiments.command.Command;
import io.github.afterimage.experiments.command.OutputFile;
import io.github.afterimage.experiments.options.VerifyOption;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.model.evaluation.Stopwatch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@picocli.CommandLine.Command(
        name = "export",
        header = "Write the keys of an index for NumPy and others.",
        description = {
            "",
            "Writes the keys as float32 vectors of unit norm, rounded as the index stores them, with labels and ids, but without "
                    + "the names of keys. The name of the file tells the format:",
            "  .npz, .safetensors: features (n, dim), labels (n), ids (n)",
            "  .npy: the keys; NAME.labels.npy and so on beside them",
            "build --data features:FILE reads all of them. Nothing is written if a file of "
                    + "another export beside it would be read with the keys."
        },
        footer = {
            "  afterimage export --index cifar10.safetensors --out cifar10.npz",
            "  afterimage build --data features:cifar10.npz --out again.safetensors"
        })
public final class ExportCommand extends Command {
    @Option(names = "--index", required = true, paramLabel = "INDEX", description = "The index.")
    private Path index;

    @Option(
            names = "--out",
            required = true,
            paramLabel = "FILE",
            description = "The file to write; it is replaced when the new one is complete.")
    private Path file;

    @Mixin
    private VerifyOption verification;

    @Override
    protected void execute(Report report) throws IOException {
        StoredIndex.requireExportFormat(file);
        checkOutput(file);
        Stopwatch watch = Stopwatch.started();
        try (StoredIndex stored = StoredIndex.open(index, verification.verify())) {
            OutputFile.checkRoom(file, stored.exportBytes());
            List<Path> written = step("exporting", progress -> stored.export(file, progress));
            double seconds = watch.seconds();
            long bytes = 0;
            for (Path path : written) {
                bytes += Files.size(path);
            }
            report.line(
                            "%s: %s, dim %s, %s in %s, %s",
                            file,
                            Text.count("keys", stored.size(), "key"),
                            Text.count("dim", stored.dim()),
                            Text.bytes("bytes", bytes),
                            Format.count(written.size(), "file"),
                            Text.seconds("seconds", seconds))
                    .field("index", index.toString())
                    .field("out", written.stream().map(Path::toString).toList());
        }
    }
}
