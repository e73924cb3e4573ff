package io.github.afterimage.cli;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.ElementType;
import io.github.afterimage.MemoryUse;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.PartitionedIndexWriter;
import io.github.afterimage.cli.options.DataOptions;
import io.github.afterimage.cli.options.NetworkDeviceOption;
import io.github.afterimage.cli.options.NetworkOptions;
import io.github.afterimage.cli.options.OpenedExamples;
import io.github.afterimage.cli.options.OutputIndexOptions;
import io.github.afterimage.cli.options.ProcessorOptions;
import io.github.afterimage.cli.options.ReductionOptions;
import io.github.afterimage.cli.options.SparkOption;
import io.github.afterimage.cli.output.Failure;
import io.github.afterimage.cli.output.Format;
import io.github.afterimage.cli.output.OutputFile;
import io.github.afterimage.cli.output.ProcessMemory;
import io.github.afterimage.cli.output.Report;
import io.github.afterimage.cli.output.TerminalProgress;
import io.github.afterimage.cli.output.Version;
import io.github.afterimage.experiments.NetworkCheck;
import io.github.afterimage.experiments.paper.TrainingSet;
import io.github.afterimage.model.data.Fingerprint;
import io.github.afterimage.model.evaluation.ComponentTrainer;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.IndexFiller;
import io.github.afterimage.model.evaluation.PassTime;
import io.github.afterimage.model.evaluation.Progress;
import io.github.afterimage.model.evaluation.RememberedExamples;
import io.github.afterimage.model.network.NetworkSettings;
import io.github.afterimage.reduce.Reduction;
import io.github.afterimage.spark.SparkData;
import io.github.afterimage.spark.SparkIndexBuilder;
import io.github.afterimage.store.IndexFile;
import io.github.afterimage.store.PartedIndexFile;
import io.github.afterimage.store.SaveLock;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@picocli.CommandLine.Command(
        name = "build",
        header = "Build an index.",
        description = {
            "",
            "Runs labelled images through a network and keeps what its layers gave, as unit vectors; or takes "
                    + "features that were made elsewhere. The id of a key is the number of its example, and its name "
                    + "says where the example comes from: cat/0001.png, cifar10 train 4711 or train.npz row 17."
        },
        footer = {
            "  afterimage build --model resnet20.onnx --layers activation_14,activation_16,activation_18 \\",
            "      --data 'cifar10:data#train' --flip --out cifar10.safetensors",
            "  afterimage build --model resnet20.onnx --layers activation_18 --data 'cifar10:data#train' \\",
            "      --reduce pca:128 --dtype bf16 --out small.safetensors",
            "  afterimage build --data features:train.npz --dtype bf16 --out features.safetensors"
        })
final class BuildCommand extends Command {
    /** Every part costs an open file, and about 4 KiB on the disk. */
    private static final int MAX_PARTS = 1000;

    @Mixin
    private DataOptions data;

    @Mixin
    private NetworkOptions network;

    @Option(
            names = "--classes",
            order = 7,
            paramLabel = "N",
            description = "How many classes there are, where labels of features do not tell.")
    private Integer classes;

    @Option(
            names = "--part-bytes",
            order = 32,
            paramLabel = "BYTES",
            description =
                    "For an index larger than memory: write keys in parts of so many bytes, such as 1g, of which one"
                            + " is in memory; at most 1,000 parts. The same command goes on behind the parts that an interrupted one"
                            + " finished, if the data did not change.")
    private String partBytes;

    @Mixin
    private ReductionOptions reduction;

    @Mixin
    private OutputIndexOptions output;

    @Mixin
    private ProcessorOptions processor;

    @Mixin
    private NetworkDeviceOption networkDevice;

    @Mixin
    private SparkOption spark;

    @Option(
            names = "--per-class",
            order = 86,
            paramLabel = "N",
            description = "Take N examples of each class, drawn at random by --seed; all by default.")
    private Integer perClass;

    @Option(
            names = "--seed",
            order = 87,
            paramLabel = "N",
            description = "With --per-class: which examples; 1 by default.")
    private long seed = 1;

    @Option(
            names = "--parts",
            order = 88,
            paramLabel = "N",
            description = "With --spark: how many files the keys are in; as many as tasks run at once by default.")
    private int parts;

    @Override
    void execute(Report report) throws IOException {
        processor.apply();
        networkDevice.apply();
        ElementType type = output.type().orElse(ElementType.FLOAT32);
        checkOptions();
        OutputFile.checkWritable(output.file());
        data.checkIsNot(output.file());
        OutputFile.checkNamesSafetensors(output.file());
        if (spark.given()) {
            buildOnSpark(report, type);
            return;
        }
        if (parts != 0) {
            throw new IllegalArgumentException("--parts is for --spark: leave it out, or see --part-bytes");
        }
        try (SaveLock lock = SaveLock.take(output.file())) {
            buildHere(report, type, lock);
        } catch (IOException | RuntimeException e) {
            if (partBytes != null && Failure.interrupted(e)) {
                throw new Failure.ContinuableException(
                        "the same command goes on behind the parts that are finished beside " + output.file(), e);
            }
            throw e;
        }
    }

    private void buildHere(Report report, ElementType type, SaveLock lock) throws IOException {
        try (OpenedExamples opened = network.open(data, processor.threads());
                RememberedExamples remembered = remembered(opened)) {
            NetworkCheck check = new NetworkCheck(remembered);
            Examples examples = check.examples();
            Optional<Reduction> chosen =
                    reduction.reduction().map(given -> given.resolve(examples.dim(), examples.size()));
            int keyDim = chosen.map(Reduction::dim).orElse(examples.dim());
            OutputFile.checkRoom(output.file(), (long) examples.size() * keyDim * type.bytes());
            ComponentTrainer.TrainedComponents learned =
                    chosen.filter(Reduction::learned).isPresent() ? learn(chosen.get(), remembered) : null;
            CacheIndexBuilder builder = builder(opened, examples, type, chosen.orElse(null), learned)
                    .lock(lock);
            if (partBytes == null) {
                try (CacheIndex index = builder.build()) {
                    build(report, index, examples, remembered.remembered(), learned);
                }
            } else {
                buildInParts(report, builder, (long) keyDim * type.bytes(), examples, remembered.remembered(), learned);
            }
            NetworkReport.cacheOnly(report, opened);
            NetworkReport.report(report, check);
        }
    }

    /** Keeps the network's output for the sample that pca learns from; a pass over all examples then runs it once each. */
    private RememberedExamples remembered(OpenedExamples opened) {
        Examples examples = drawn(opened.examples());
        return opened.network().isPresent() ? new RememberedExamples(examples) : new RememberedExamples(examples, 0);
    }

    /** Names the data in the index's attributes. */
    private String source() {
        return data.description() + (perClass == null ? "" : ", " + perClass + " of each class by seed " + seed);
    }

    private Examples drawn(Examples all) {
        if (perClass == null) {
            return all;
        }
        TrainingSet set = new TrainingSet(all, data.mirrors() ? all.size() / 2 : all.size());
        return set.select(set.rowsPerClass(perClass, seed));
    }

    private void buildOnSpark(Report report, ElementType type) throws IOException {
        if (network.cacheOnly()) {
            throw new IllegalArgumentException("--cache-only with --spark: expected one or the other");
        }
        if (partBytes != null || data.areFeatures() || network.layers().isEmpty() || parts < 0) {
            throw new IllegalArgumentException(
                    "--spark: expected images, --layers, and no --part-bytes; --parts 0 or more");
        }
        data.requireForSpark();
        long start = System.nanoTime();
        NetworkSettings settings = network.settings(processor.threads());
        SparkIndexBuilder builder = new SparkIndexBuilder(
                new SparkIndexBuilder.NetworkSource(
                        data.model().toString(),
                        network.layers(),
                        settings.preprocessing().toString(),
                        settings.output().orElse(null)),
                reduction.reduction().map(Reduction::toString).orElse(null),
                reduction.sample(),
                type,
                List.of(),
                Map.of("data", source(), "created by", "afterimage " + Version.text()));
        SparkData images = new SparkData(data.specification(), data.flip(), perClass == null ? 0 : perClass, seed);
        long keys = builder.build(spark.master(), images, parts, output.file());
        double seconds = (System.nanoTime() - start) / 1e9;
        report.field("out", output.file().toString())
                .field("data", data.description())
                .field("layers", network.layers())
                .field("keys", keys)
                .field("bytes", IndexFile.bytes(output.file()))
                .field("seconds", seconds)
                .field("keysPerSecond", Format.perSecond(keys, seconds));
        report.line(output.file() + ": " + Format.count(keys, "key") + " in " + Format.seconds(seconds));
    }

    private ComponentTrainer.TrainedComponents learn(Reduction chosen, Examples examples) throws IOException {
        try (TerminalProgress progress = progress("sampling")) {
            return ComponentTrainer.train(chosen, examples, reduction.sample(), processor.threads(), progress);
        } catch (IllegalArgumentException e) {
            throw new Failure.UnusableDataException(data.description(), e);
        }
    }

    private long partBytes() {
        long bytes = MemoryUse.parse("--part-bytes", partBytes);
        if (bytes == 0) {
            throw new IllegalArgumentException(
                    "--part-bytes " + partBytes + ": expected a positive number of bytes, such as 1g");
        }
        return bytes;
    }

    private void checkOptions() {
        reduction.reduction(); // a wrong one is better known before the data are opened
        if (partBytes != null) {
            partBytes();
        }
        if (perClass != null && perClass < 1) {
            throw new IllegalArgumentException("--per-class " + perClass + ": expected a positive number");
        }
        if (!data.areFeatures() && classes != null) {
            throw new IllegalArgumentException("--classes is for features: a network tells how many classes it has");
        }
        if (data.areFeatures()) {
            network.requireNone("features:");
        }
    }

    private CacheIndexBuilder builder(
            OpenedExamples opened,
            Examples examples,
            ElementType type,
            Reduction chosen,
            ComponentTrainer.TrainedComponents learned)
            throws IOException {
        Map<String, String> attributes = new LinkedHashMap<>();
        opened.source().ifPresent(source -> attributes.putAll(source.toAttributes()));
        attributes.put("data", source());
        if (partBytes != null) {
            attributes.put(
                    "data.fingerprint", Fingerprint.of(data.specification())); // parts of other data are not kept
        }
        attributes.put("created by", "afterimage " + Version.text());
        CacheIndexBuilder builder = CacheIndex.builder(examples.dim(), classes == null ? examples.classes() : classes)
                .type(type)
                .threads(processor.threads())
                .expectedKeys(examples.size())
                .attributes(attributes);
        if (!examples.classNames().isEmpty()) {
            builder.classNames(examples.classNames());
        }
        if (learned != null) {
            builder.reduce(learned.components());
        } else if (chosen != null) {
            builder.reduce(chosen);
        }
        return builder;
    }

    private void buildInParts(
            Report report,
            CacheIndexBuilder builder,
            long keyBytes,
            Examples examples,
            int remembered,
            ComponentTrainer.TrainedComponents learned)
            throws IOException {
        long partKeys = partKeys(keyBytes, examples.size());
        PassTime time;
        double saveSeconds;
        long continued;
        try (PartitionedIndexWriter build = builder.buildInParts(output.file(), partKeys)) {
            continued = build.size();
            time = fill(progress -> IndexFiller.fill(build, examples, progress));
            long start = System.nanoTime();
            build.complete();
            saveSeconds = (System.nanoTime() - start) / 1e9;
        }
        ProcessMemory.Peak memory = ProcessMemory.Peak.now(); // opening the index to describe it reads all parts
        OpenOptions trusted = new OpenOptions().verify(false).threads(processor.threads());
        try (CacheIndex index = CacheIndex.open(output.file(), trusted)) {
            report(report, index, remembered, continued, learned, time, saveSeconds, memory);
        }
    }

    private long partKeys(long keyBytes, long keys) {
        long partKeys = Math.max(1, partBytes() / keyBytes);
        long least = (keys + MAX_PARTS - 1) / MAX_PARTS;
        if (partKeys < least) {
            throw new IllegalArgumentException("--part-bytes " + partBytes + ": " + Format.count(keys, "key") + " of "
                    + keyBytes + " bytes would be in more than " + MAX_PARTS + " parts: expected at least "
                    + least * keyBytes + " bytes");
        }
        return partKeys;
    }

    private interface Filling {
        PassTime fill(Progress progress) throws IOException;
    }

    private PassTime fill(Filling filling) throws IOException {
        try (TerminalProgress progress = progress("indexing")) {
            return filling.fill(progress);
        } catch (IllegalArgumentException e) {
            throw new Failure.UnusableDataException(data.description(), e);
        }
    }

    private void build(
            Report report,
            CacheIndex index,
            Examples examples,
            int remembered,
            ComponentTrainer.TrainedComponents learned)
            throws IOException {
        PassTime time = fill(progress -> IndexFiller.fill(index, examples, progress));
        long start = System.nanoTime();
        index.save(output.file());
        new PartedIndexFile(output.file()).discard(); // an interrupted build in parts has nothing to go on with
        double saveSeconds = (System.nanoTime() - start) / 1e9;
        report(report, index, remembered, 0, learned, time, saveSeconds, ProcessMemory.Peak.now());
    }

    private void report(
            Report report,
            CacheIndex index,
            int remembered,
            long continued,
            ComponentTrainer.TrainedComponents learned,
            PassTime time,
            double saveSeconds,
            ProcessMemory.Peak memory)
            throws IOException {
        new BuildReport(output.file(), data, network.layers(), processor.threads(), memory)
                .write(report, index, remembered, continued, learned, time, saveSeconds);
    }
}
