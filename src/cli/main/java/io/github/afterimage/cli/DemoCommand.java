package io.github.afterimage.cli;

import static io.github.afterimage.cli.output.Text.bytes;
import static io.github.afterimage.cli.output.Text.count;
import static io.github.afterimage.cli.output.Text.figure;
import static io.github.afterimage.cli.output.Text.hidden;
import static io.github.afterimage.cli.output.Text.hyperparameters;
import static io.github.afterimage.cli.output.Text.seconds;
import static io.github.afterimage.cli.output.Text.value;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.Tuner;
import io.github.afterimage.cli.options.ProcessorOptions;
import io.github.afterimage.cli.output.ErrorReport;
import io.github.afterimage.cli.output.Format;
import io.github.afterimage.cli.output.IndexText;
import io.github.afterimage.cli.output.OutputFile;
import io.github.afterimage.cli.output.ProgramJar;
import io.github.afterimage.cli.output.Report;
import io.github.afterimage.cli.output.Table;
import io.github.afterimage.cli.output.TerminalProgress;
import io.github.afterimage.experiments.ClassErrorCounts;
import io.github.afterimage.experiments.EngineComparison;
import io.github.afterimage.experiments.EngineTiming;
import io.github.afterimage.experiments.ErrorCounts;
import io.github.afterimage.experiments.report.Picture;
import io.github.afterimage.experiments.statistics.Gain;
import io.github.afterimage.model.data.FeatureSet;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Examples;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@picocli.CommandLine.Command(
        name = "demo",
        header = "Show the effect of a cache on the network and the index in models/.",
        description = {
            "",
            "Counts the test images in models/ that the network classifies wrongly, alone and with its memory, and tests whether "
                    + "the difference may be chance. Theta and lambda are those of the index, which were tuned on "
                    + "other images. Compares the engines of this machine, and writes all of it as a page with "
                    + "charts. Downloads nothing and computes every figure in this run."
        },
        footer = {"  afterimage demo"})
final class DemoCommand extends Command {
    static final String INDEX = "cifar10.safetensors";
    static final String TEST = "cifar10-test.safetensors";
    private static final String NETWORK = "cifar10_resnet.onnx";
    private static final double[] THETAS = Tuner.grid(10, 200, 20);
    private static final double[] LAMBDAS = Tuner.grid(0, 1, 41);
    private static final String PAGE = "afterimage-demo.html";
    /** As few as keep the reference below a second or two; the other engines are near their best rate. */
    private static final int ENGINE_QUERIES = 128;

    @Option(
            names = "--models",
            paramLabel = "DIR",
            description =
                    "The folder with " + INDEX + " and " + TEST
                            + "; by default models in the current folder, beside the program's jar, or beside the jar's folder.")
    private @Nullable Path models;

    @Option(
            names = "--page",
            paramLabel = "FILE",
            description = "The page to write; " + PAGE + " in target, or here where there is no target, by default.")
    private @Nullable Path page;

    @Option(
            names = "--pictures",
            paramLabel = "DIR",
            description = "Also writes the charts of accuracy and of speed as SVG files into this folder.")
    private @Nullable Path pictures;

    @Mixin
    private ProcessorOptions processor;

    private Path folder = Path.of("models");

    /**
     * All that was found.
     *
     * @param curves errors over a grid that holds the tuned point
     * @param engines each asked {@code engineQueries} queries
     */
    record Result(
            CacheIndex index,
            long indexBytes,
            Hyperparameters tuned,
            Tuner curves,
            ErrorCounts tally,
            ClassErrorCounts classes,
            List<EngineTiming> engines,
            int engineQueries,
            int threads) {

        Gain gain() {
            return tally.mixedGain();
        }
    }

    @Override
    void execute(Report report) throws IOException {
        processor.apply();
        long start = System.nanoTime();
        Path file = page != null ? page : defaultPage();
        OutputFile.checkWritable(file);
        if (pictures != null) {
            Files.createDirectories(pictures);
        }
        folder = models == null ? findModels() : models;
        OpenOptions options = new OpenOptions().threads(processor.threads());
        try (CacheIndex index = CacheIndex.open(require(INDEX), options);
                FeatureSet test = FeatureSet.open("features:" + require(TEST) + "#[0:]")) {
            Result result = run(index, test);
            OutputFile.write(file, DemoPage.of(result, next()).html());
            if (pictures != null) {
                OutputFile.write(pictures.resolve("demo-accuracy.svg"), Picture.of(DemoPage.accuracy(result)));
                OutputFile.write(pictures.resolve("demo-speed.svg"), Picture.of(DemoPage.speed(result)));
            }
            report(report, result, file, (System.nanoTime() - start) / 1e9);
        }
    }

    private static Path defaultPage() {
        Path target = Path.of("target");
        return Files.isDirectory(target) ? target.resolve(PAGE) : Path.of(PAGE);
    }

    private static Path findModels() throws IOException {
        Path name = Path.of("models");
        List<Path> places = new ArrayList<>(List.of(name));
        ProgramJar.folder().ifPresent(folder -> {
            places.add(folder.resolve(name));
            places.add(folder.resolveSibling(name));
        });
        for (Path place : places) {
            if (Files.isRegularFile(place.resolve(INDEX))) {
                return place;
            }
        }
        throw new NoSuchFileException(
                INDEX,
                null,
                "no such file in "
                        + String.join(", ", places.stream().map(Path::toString).toList())
                        + "; name the repository's models folder with --models DIR");
    }

    private Path require(String name) throws IOException {
        Path file = folder.resolve(name);
        if (!Files.isRegularFile(file)) {
            throw new NoSuchFileException(
                    file.toString(), null, "no such file; name the repository's models folder with --models DIR");
        }
        return file;
    }

    private Result run(CacheIndex index, FeatureSet test) throws IOException {
        Hyperparameters tuned = Hyperparameters.of(index);
        Tuner curves = new Tuner(with(tuned.theta(), THETAS), with(tuned.lambda(), LAMBDAS));
        ErrorCounts tally = new ErrorCounts();
        ClassErrorCounts classes = new ClassErrorCounts(index.classes());
        try (TerminalProgress progress = progress("reporting")) {
            Evaluation evaluation = new Evaluation(index, Examples.of(test));
            evaluation.tune(curves, progress);
            evaluation.predict(tuned, tuned.theta(), progress, prediction -> {
                tally.add(prediction);
                classes.add(prediction);
            });
        }
        int queries = (int) Math.min(ENGINE_QUERIES, test.size());
        FloatBuffer features = FloatBuffer.allocate(Math.multiplyExact(queries, test.dim()));
        test.read(test.size() - queries, queries, features);
        CacheIndex compared = test.dim() == index.dim() ? index : index.withoutReduction();
        List<EngineTiming> engines = EngineComparison.compare(compared, features.flip(), tuned.theta());
        return new Result(
                index,
                Files.size(folder.resolve(INDEX)),
                tuned,
                curves,
                tally,
                classes,
                engines,
                queries,
                processor.threads());
    }

    /** A grid with one value more, in its place. */
    private static double[] with(double value, double[] grid) {
        return DoubleStream.concat(DoubleStream.of(value), Arrays.stream(grid))
                .sorted()
                .distinct()
                .toArray();
    }

    /** Commands for the user's own images. */
    private List<String> next() {
        String program = ProgramJar.command();
        return List.of(
                program + " predict --index " + ProgramJar.typed(folder.resolve(INDEX)) + " --model "
                        + ProgramJar.typed(folder.resolve(NETWORK)) + " IMAGE.png",
                program + " layers NETWORK.onnx",
                program + " build --model NETWORK.onnx --layers LAYER --data images:FOLDER --reduce pca:128"
                        + " --out my.safetensors");
    }

    private void report(Report report, Result result, Path file, double seconds) {
        report.line(
                        "%s, %s%s",
                        IndexText.keys(result.index()),
                        bytes("bytes", result.indexBytes()),
                        hidden("index", folder.resolve(INDEX).toString()))
                .line("%s, tuned on other images when the index was made", hyperparameters(result.tuned()))
                .line(
                        "%s that neither the network nor its memory saw:",
                        count("examples", result.tally().examples(), "test image"));
        ErrorReport.report(report, result.tally());
        report.line("")
                .line(result.gain().words())
                .field("mcNemar", result.gain().p());
        engines(report, result);
        report.line("")
                .line("page with charts: %s  (%s in all)", value("page", file.toString()), seconds("seconds", seconds))
                .line("")
                .line("Next, one of your own images, or your own network and images:");
        next().forEach(command -> report.code("  " + command));
    }

    private static void engines(Report report, Result result) {
        Table table = new Table("lrrl").row("engine", "queries/s", "largest |dp|", "");
        for (EngineTiming row : result.engines()) {
            if (row.problem() != null) {
                table.row(value("name", row.engine()), "-", "-", value("problem", row.problem()));
                continue;
            }
            double rate = Format.perSecond(result.engineQueries(), row.seconds());
            boolean reference = row.engine().equals("reference");
            double difference = row.largestDifference();
            table.row(
                            value("name", row.engine()),
                            figure("queriesPerSecond", rate, Format.count(Math.round(rate))),
                            figure(
                                    "largestDifference",
                                    difference,
                                    reference ? "" : String.format(Locale.ROOT, "%.0e", difference)),
                            row.description())
                    .field("agreeing", row.agreeing());
        }
        report.field("engineQueries", result.engineQueries()).list("engines", table);
    }
}
