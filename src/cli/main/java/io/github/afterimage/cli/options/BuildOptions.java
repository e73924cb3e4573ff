package io.github.afterimage.cli.options;

import io.github.afterimage.ElementType;
import io.github.afterimage.MemoryUse;
import io.github.afterimage.experiments.command.OutputFile;
import io.github.afterimage.experiments.options.DataOptions;
import io.github.afterimage.experiments.options.NetworkDeviceOption;
import io.github.afterimage.experiments.options.PerClassOptions;
import io.github.afterimage.experiments.options.ProcessorOptions;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.reduce.Reduction;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of {@code build}. */
public final class BuildOptions {
    /** Each part costs an open file, and about 4 KiB on the disk. */
    private static final int MAX_PARTS = 1000;

    @Mixin
    private DataOptions data;

    @Mixin
    private NetworkOptions network;

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
    private int spareClasses;

    @Option(
            names = "--part-bytes",
            paramLabel = "BYTES",
            description =
                    "Build an index larger than memory: write the keys in parts of so many bytes, such as 1g; one part"
                            + " is in memory at a time, and at most 1,000 are written. After an interruption, the same command"
                            + " continues behind the finished parts if the data did not change.")
    private @Nullable String partBytes;

    @Mixin
    private ThumbnailsOption thumbnails;

    @Mixin
    private ReductionOptions reduction;

    @Mixin
    private OutputIndexOptions output;

    @Mixin
    private PerClassOptions perClass;

    @Mixin
    private ProcessorOptions processor;

    @Mixin
    private NetworkDeviceOption networkDevice;

    @Mixin
    private SparkOption spark;

    @Option(
            names = "--parts",
            order = 88,
            paramLabel = "N",
            description = "With --spark: number of files that hold the keys; by default as many as tasks run at once.")
    private int parts;

    /** Applies the settings of the process, and fails on options that do not fit together before data are opened. */
    public void begin() throws IOException {
        processor.apply();
        networkDevice.apply();
        type();
        reduction.reduction();
        if (inParts()) {
            partBytes();
        }
        perClass.check();
        if (spareClasses < 0) {
            throw new IllegalArgumentException("--spare-classes " + spareClasses + ": expected 0 or more");
        }
        if (!data.areFeatures() && classes != null) {
            throw new IllegalArgumentException("--classes is for features: a network tells how many classes it has");
        }
        if (data.areFeatures()) {
            network.requireNone("features:");
        }
        thumbnails.requireImages(data);
        OutputFile.checkWritable(file());
        data.checkIsNot(file());
        OutputFile.checkNamesSafetensors(file());
        if (spark.given()) {
            checkSpark();
        } else if (parts != 0) {
            throw new IllegalArgumentException("--parts is for --spark: leave it out, or see --part-bytes");
        }
    }

    private void checkSpark() {
        if (network.cacheOnly()) {
            throw new IllegalArgumentException("--cache-only with --spark: expected one or the other");
        }
        if (network.findsOutputs()) {
            throw new IllegalArgumentException("--outputs auto with --spark: expected a list or a file of outputs");
        }
        if (thumbnails.given() || spareClasses > 0) {
            throw new IllegalArgumentException((thumbnails.given() ? "--thumbnails" : "--spare-classes")
                    + " with --spark: expected one or the other");
        }
        if (inParts() || data.areFeatures() || network.layers().isEmpty() || parts < 0) {
            throw new IllegalArgumentException(
                    "--spark: expected images, --layers, and no --part-bytes; --parts 0 or more");
        }
        data.requireForSpark();
    }

    public DataOptions data() {
        return data;
    }

    public NetworkOptions network() {
        return network;
    }

    public ReductionOptions reduction() {
        return reduction;
    }

    public PerClassOptions perClass() {
        return perClass;
    }

    public SparkOption spark() {
        return spark;
    }

    /** The number of files on Spark; 0 for the default. */
    public int parts() {
        return parts;
    }

    public int threads() {
        return processor.threads();
    }

    public Path file() {
        return output.file();
    }

    public ElementType type() {
        return output.type().orElse(ElementType.FLOAT32);
    }

    /** The number of classes of an index with these examples. */
    public int classes(Examples examples) {
        return classes == null ? examples.classes() : classes;
    }

    /** The reduction of keys of {@code dim} values, learned from at most {@code examples}; empty for full keys. */
    public Optional<Reduction> reduction(int dim, int examples) {
        return reduction.reduction().map(given -> given.resolve(dim, examples));
    }

    /** The data and the choice among them, as the index's attributes name them. */
    public String source() {
        return data.description()
                + (perClass.given() ? ", " + perClass.count() + " of each class by seed " + perClass.seed() : "")
                + (thumbnails.given() ? ", with thumbnails" : "");
    }

    /** Returns true if keys are written part by part. */
    public boolean inParts() {
        return partBytes != null;
    }

    /** The number of classes beyond those of the examples. */
    public int spareClasses() {
        return spareClasses;
    }

    /** Returns true if keys get thumbnails of their images. */
    public boolean thumbnails() {
        return thumbnails.given();
    }

    /** The number of keys in each part. */
    public long partKeys(long keyBytes, long keys) {
        long partKeys = Math.max(1, partBytes() / keyBytes);
        long minKeys = (keys + MAX_PARTS - 1) / MAX_PARTS;
        if (partKeys < minKeys) {
            throw new IllegalArgumentException("--part-bytes " + partBytes + ": " + Format.count(keys, "key") + " of "
                    + keyBytes + " bytes would be in more than " + MAX_PARTS + " parts: expected at least "
                    + minKeys * keyBytes + " bytes");
        }
        return partKeys;
    }

    private long partBytes() {
        long bytes = MemoryUse.parse("--part-bytes", Objects.requireNonNull(partBytes));
        if (bytes == 0) {
            throw new IllegalArgumentException(
                    "--part-bytes " + partBytes + ": expected a positive number of bytes, such as 1g");
        }
        return bytes;
    }
}
