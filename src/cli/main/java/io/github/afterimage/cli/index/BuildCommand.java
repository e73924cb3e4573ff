package io.github.afterimage.cli.index;

import static io.github.afterimage.experiments.command.Failure.refuse;

import io.github.afterimage.MemoryUse;
import io.github.afterimage.StoredIndex;
import io.github.afterimage.cli.options.NetworkOptions;
import io.github.afterimage.cli.options.SparkOption;
import io.github.afterimage.cli.output.Version;
import io.github.afterimage.experiments.command.Command;
import io.github.afterimage.experiments.command.Failure;
import io.github.afterimage.experiments.command.OutputFile;
import io.github.afterimage.experiments.options.DataOptions;
import io.github.afterimage.experiments.options.DeviceOptions;
import io.github.afterimage.experiments.options.PerClassOptions;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.file.SaveLock;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.Stopwatch;
import io.github.afterimage.model.network.NetworkSettings;
import io.github.afterimage.reduce.Reduction;
import io.github.afterimage.settings.ElementType;
import io.github.afterimage.spark.SparkData;
import io.github.afterimage.spark.SparkIndexBuilder;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@picocli.CommandLine.Command(
        name = "build",
        header = "Build an index.",
        description = {
            "",
            "Runs labelled images through a network and keeps the activations of the chosen layers as unit vectors, the keys; "
                    + "or reads features that were computed elsewhere. The id of a key is the number of its example. Its "
                    + "name tells where the example comes from: cat/0001.png, cifar10 train 4711 or train.npz row 17.",
            "",
            "If the network errs on a tenth of the images or more, some of them are prepared in other ways too; a preprocessing "
                    + "that is clearly better is named in a warning."
        },
        footer = {
            "  afterimage build --model resnet20.onnx --layers activation_14,activation_16,activation_18 \\",
            "      --data 'cifar10:data#train' --flip --out cifar10.safetensors",
            "  afterimage build --model resnet20.onnx --layers activation_18 --data 'cifar10:data#train' \\",
            "      --reduce pca:128 --dtype bf16 --out small.safetensors",
            "  afterimage build --data features:train.npz --dtype bf16 --out features.safetensors"
        })
public final class BuildCommand extends Command {
    /** Each part costs an open file, and about 4 KiB on the disk. */
    private static final int MAX_PARTS = 1000;

    @Mixin
    DataOptions data;

    @Mixin
    NetworkOptions network;

    @Option(
            names = "--classes",
            paramLabel = "N",
            description = "Number of classes, for features whose labels do not include the last class.")
    private @Nullable Integer classes;

    @Option(
            names = "--spare-classes",
            paramLabel = "N",
            description =
                    "Number of further classes, for keys of classes that only the memory will know. They are called spare 1,"
                            + " spare 2 and so on until serve gives them names; the network gives them the probability 0.")
    int spareClasses;

    @Option(
            names = "--part-bytes",
            paramLabel = "BYTES",
            description =
                    "Build an index larger than memory: write the keys in parts of so many bytes, such as 1g; one part"
                            + " is in memory at a time, and at most 1,000 are written. After an interruption, the same command"
                            + " continues behind the finished parts if the data did not change.")
    private @Nullable String partBytes;

    @Mixin
    ThumbnailsOption thumbnails;

    @Mixin
    NewIndexOptions output;

    @Option(
            names = "--tuning",
            paramLabel = "DATA",
            description =
                    "With --reduce auto: labelled examples that do not become keys, of the same kind as --data. On them plain"
                            + " cosines (pca:256 where keys are longer) are compared with whiten:256 of an epsilon of 0.1 and 1, at the"
                            + " best rule of each. Whitened keys are taken if their errors are fewer by more than"
                            + " one standard error. Images of --data go through the network twice.")
    private @Nullable String tuning;

    @Mixin
    PerClassOptions perClass;

    @Mixin
    DeviceOptions processor;

    @Mixin
    private SparkOption spark;

    @Option(
            names = "--parts",
            order = 88,
            paramLabel = "N",
            description = "With --spark: number of files that hold the keys; by default as many as tasks run at once.")
    private int parts;

    @Override
    protected void execute(Report report) throws IOException {
        begin();
        if (spark.given()) {
            buildOnSpark(report);
            return;
        }
        try (SaveLock lock = SaveLock.take(output.file())) {
            new LocalBuild(this).build(report, lock);
        } catch (IOException | RuntimeException e) {
            if (inParts() && Failure.interrupted(e)) {
                throw new Failure.InterruptionException(
                        "the same command continues behind the finished parts beside " + output.file(), e);
            }
            throw e;
        }
    }

    /** Applies the settings of the process, and fails on options that do not fit together before data are opened. */
    private void begin() throws IOException {
        processor.apply();
        type();
        refuse(
                output.isAuto() != (tuning != null),
                tuning == null
                        ? "--reduce auto: add --tuning DATA, labelled examples that do not become keys, on which it chooses"
                        : "--tuning is for --reduce auto: leave it out");
        if (tuning == null) {
            output.reduction();
        } else {
            data.with("--tuning", tuning);
        }
        if (inParts()) {
            partBytes();
        }
        perClass.check();
        refuse(spareClasses < 0, "--spare-classes " + spareClasses + ": expected 0 or more");
        refuse(
                !data.areFeatures() && classes != null,
                "--classes is for features: a network tells how many classes it has");
        if (data.areFeatures()) {
            network.requireNone("features:");
        }
        thumbnails.requireImages(data);
        checkOutput(output.file());
        OutputFile.checkNamesSafetensors(output.file());
        if (spark.given()) {
            checkSpark();
        } else if (parts != 0) {
            throw new IllegalArgumentException("--parts is for --spark: leave it out, or see --part-bytes");
        }
    }

    private void checkSpark() {
        refuse(network.memoryAlone(), "--memory-alone with --spark: expected one or the other");
        refuse(network.findsOutputs(), "--outputs auto with --spark: expected a list or a file of outputs");
        refuse(tuning != null, "--reduce auto with --spark: expected a reduction, such as pca:256 or whiten:256");
        refuse(
                thumbnails.given() || spareClasses > 0,
                (thumbnails.given() ? "--thumbnails" : "--spare-classes") + " with --spark: expected one or the other");
        refuse(
                inParts() || data.areFeatures() || network.layers().isEmpty() || parts < 0,
                "--spark: expected images, --layers, and no --part-bytes; --parts 0 or more");
        data.requireForSpark();
    }

    private void buildOnSpark(Report report) throws IOException {
        Stopwatch watch = Stopwatch.started();
        NetworkSettings settings = network.settings(processor.threads());
        SparkIndexBuilder builder = new SparkIndexBuilder(
                new SparkIndexBuilder.NetworkSource(
                        data.model().toString(),
                        network.layers(),
                        settings.preprocessing().toString(),
                        settings.output().orElse(null),
                        settings.classes()),
                output.reduction().map(Reduction::toString).orElse(null),
                output.sample(),
                type(),
                List.of(),
                Map.of("data", source(), "created by", "afterimage " + Version.text()));
        SparkData images = new SparkData(data.specification(), data.flip(), perClass.count(), perClass.seed());
        long keys = builder.build(spark.master(), images, parts, output.file());
        double seconds = watch.seconds();
        report.line(
                        "%s: %s in %s",
                        Text.value("out", output.file().toString()),
                        Text.count("keys", keys, "key"),
                        Text.seconds("seconds", seconds))
                .field("data", data.description())
                .field("layers", network.layers())
                .field("bytes", StoredIndex.bytes(output.file()))
                .field("keysPerSecond", Format.perSecond(keys, seconds));
    }

    /** The examples that choose the reduction; empty if it is given. */
    Optional<DataOptions> tuning() {
        return Optional.ofNullable(tuning).map(other -> data.with("--tuning", other));
    }

    ElementType type() {
        return output.type().orElse(ElementType.FLOAT32);
    }

    /** The number of classes of an index with these examples. */
    int classes(Examples examples) {
        return classes == null ? examples.classes() : classes;
    }

    /** The reduction of keys of {@code dim} values; empty for full keys. */
    Optional<Reduction> reduction(int dim) {
        return output.reduction().map(given -> given.checked(dim));
    }

    /** The data and the choice among them, as the index's attributes name them. */
    String source() {
        return data.description()
                + (perClass.given() ? ", " + perClass.count() + " of each class by seed " + perClass.seed() : "")
                + (thumbnails.given() ? ", with thumbnails" : "");
    }

    /** Returns true if keys are written part by part. */
    boolean inParts() {
        return partBytes != null;
    }

    /** The number of keys in each part. */
    long partKeys(long keyBytes, long keys) {
        long partKeys = Math.max(1, partBytes() / keyBytes);
        long minKeys = (keys + MAX_PARTS - 1) / MAX_PARTS;
        refuse(
                partKeys < minKeys,
                "--part-bytes " + partBytes + ": " + Format.count(keys, "key") + " of "
                        + keyBytes + " bytes would be in more than " + MAX_PARTS + " parts: expected at least "
                        + minKeys * keyBytes + " bytes");
        return partKeys;
    }

    private long partBytes() {
        long bytes = MemoryUse.parse("--part-bytes", Objects.requireNonNull(partBytes));
        refuse(bytes == 0, "--part-bytes " + partBytes + ": expected a positive number of bytes, such as 1g");
        return bytes;
    }
}
