package io.github.afterimage.cli.index;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.PartitionedIndexWriter;
import io.github.afterimage.StoredIndex;
import io.github.afterimage.cli.output.Version;
import io.github.afterimage.experiments.NetworkCheck;
import io.github.afterimage.experiments.command.Command;
import io.github.afterimage.experiments.command.OutputFile;
import io.github.afterimage.experiments.command.ProcessMemory;
import io.github.afterimage.experiments.command.Stages;
import io.github.afterimage.experiments.options.DataOptions;
import io.github.afterimage.experiments.options.OpenedExamples;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.IndexText;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.experiments.trial.KeyChoice;
import io.github.afterimage.experiments.trial.PreparationTrial;
import io.github.afterimage.file.PartitionedIndexFile;
import io.github.afterimage.file.SaveLock;
import io.github.afterimage.model.data.Fingerprint;
import io.github.afterimage.model.data.ReadableImages;
import io.github.afterimage.model.evaluation.ComponentTrainer;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.ExamplesView;
import io.github.afterimage.model.evaluation.IndexFiller;
import io.github.afterimage.model.evaluation.PassTime;
import io.github.afterimage.model.evaluation.RememberedExamples;
import io.github.afterimage.model.evaluation.Stopwatch;
import io.github.afterimage.model.network.Network;
import io.github.afterimage.reduce.Reduction;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Builds an index on this machine. */
final class LocalBuild {
    /** Fewer images show no difference between two ways to prepare them. */
    private static final int FEWEST = 100;

    /** The share of errors from which a wrong preparation is likely enough. */
    private static final double SELDOM = 0.1;

    /** Images that are left out and named. */
    private static final int NAMED = 3;

    /** The images that two ways to prepare them are compared on. */
    private static final int SAMPLE = 400;

    private final BuildCommand options;
    private ComponentTrainer.@Nullable TrainedComponents learned; // null if the reduction learns nothing
    private int remembered; // examples whose features the sample provided
    private final Set<Integer> leftOut = new TreeSet<>(); // examples whose keys would be all zeros

    LocalBuild(BuildCommand options) {
        this.options = options;
    }

    void build(Report report, SaveLock lock) throws IOException {
        List<Integer> outputs = options.network.outputs(options.data, options.processor.threads(), options, report);
        try (OpenedExamples opened = options.network.open(options.data, options.processor.threads(), outputs);
                RememberedExamples sample = remembered(opened)) {
            NetworkCheck check = new NetworkCheck(sample);
            Examples examples = withDirection(check.examples());
            Reduction chosen = options.tuning().isPresent()
                    ? chosen(options.tuning().get(), sample, outputs, report)
                    : options.reduction(examples.dim()).orElse(null);
            int keyDim = chosen == null ? examples.dim() : chosen.dim();
            long keyBytes = (long) keyDim * options.type().bytes();
            OutputFile.checkRoom(options.output.file(), examples.size() * keyBytes);
            learned = chosen != null && chosen.learned()
                    ? options.step(
                            "sampling",
                            options.data.description(),
                            shown -> ComponentTrainer.train(
                                    chosen,
                                    withDirection(sample),
                                    options.output.sample(),
                                    options.processor.threads(),
                                    shown))
                    : null;
            CacheIndexBuilder builder = builder(opened, examples).lock(lock);
            if (learned != null) {
                builder.reduce(learned.components());
            } else if (chosen != null) {
                builder.reduce(chosen);
            }
            remembered = sample.remembered();
            if (options.inParts()) {
                buildInParts(builder, keyBytes, examples, report);
            } else {
                buildAtOnce(builder, examples, report);
            }
            if (!leftOut.isEmpty()) {
                report.field("leftOut", leftOut.size())
                        .warning(Format.count(leftOut.size(), "image")
                                + " left out, because the layers are zero for them: "
                                + leftOut.stream()
                                        .limit(NAMED)
                                        .map(examples::name)
                                        .collect(Collectors.joining(", "))
                                + (leftOut.size() > NAMED ? " and others" : ""));
            }
            opened.reportMemoryAlone(report);
            if (check.counted() > 0) {
                report(report, check, betterPreparation(opened, check));
            }
        }
    }

    /** Leaves out images without a direction, if that is asked for; parts count keys to continue, so that none may be left out. */
    private Examples withDirection(Examples examples) {
        return options.data.skipsBroken() && !options.inParts()
                ? ExamplesView.withDirection(examples, leftOut::add)
                : examples;
    }

    /** @param better a sentence on images that are prepared in a better way; empty for none */
    private static void report(Report report, NetworkCheck check, String better) {
        report.line("")
                .line(
                        "the network errs on %s of these; by its own probabilities, it would err on %s",
                        Text.percent("networkError", check.error()), Format.percent(check.expectedError()));
        if (better.isEmpty()) {
            check.report(report);
        } else {
            report.field("expectedNetworkError", check.expectedError()).warning(better);
        }
    }

    /** Returns a sentence if the network errs less on images that are prepared in another way; one that errs seldom is not asked. */
    private String betterPreparation(OpenedExamples opened, NetworkCheck check) throws IOException {
        Network network = opened.network().orElse(null);
        if (network == null || check.counted() < FEWEST || check.error() < SELDOM) {
            return "";
        }
        Optional<ReadableImages> sample = options.data.sample(SAMPLE);
        return sample.isEmpty()
                ? ""
                : options.step(
                        "checking the preprocessing",
                        options.data.description(),
                        shown -> PreparationTrial.warning(network.path(), network.settings(), sample.get(), shown));
    }

    private @Nullable Reduction chosen(DataOptions data, Examples keys, List<Integer> outputs, Report report)
            throws IOException {
        int threads = options.processor.threads();
        String both = options.data.description() + " and " + data.description();
        KeyChoice choice = options.step("choosing", both, shown -> {
            try (OpenedExamples tuning = options.network.open(data, threads, outputs)) {
                List<String> names = keys.format().classNames();
                List<String> others = tuning.examples().format().classNames();
                if (!others.equals(names)) {
                    throw new IllegalArgumentException(
                            "the classes are " + names + " and " + others + ": expected the same, in the same order");
                }
                return KeyChoice.plainOrWhitened(
                        keys, tuning.examples(), options.type(), options.output.sample(), threads, shown);
            }
        });
        report.line("%s", Text.value("choice", choice.reason())).line("");
        return choice.form().reduction();
    }

    /** Keeps the network's output for the sample that a reduction learns from; a pass over all examples then runs it once each. */
    private RememberedExamples remembered(OpenedExamples opened) {
        Examples examples = options.perClass.draw(opened.examples(), options.data.mirrors());
        return opened.network().isPresent() ? new RememberedExamples(examples) : new RememberedExamples(examples, 0);
    }

    private CacheIndexBuilder builder(OpenedExamples opened, Examples examples) throws IOException {
        Map<String, String> attributes = new LinkedHashMap<>();
        opened.source().ifPresent(source -> attributes.putAll(source.toAttributes()));
        attributes.put("data", options.source());
        if (options.inParts()) { // finished parts are kept only for the same data
            attributes.put("data.fingerprint", Fingerprint.of(options.data.specification()));
        }
        attributes.put("created by", "afterimage " + Version.text());
        CacheIndexBuilder builder = new CacheIndexBuilder(examples.dim(), options.classes(examples))
                .spareClasses(options.spareClasses)
                .type(options.type())
                .threads(options.processor.threads())
                .expectedKeys(examples.size())
                .attributes(attributes);
        return examples.format().classNames().isEmpty()
                ? builder
                : builder.classNames(examples.format().classNames());
    }

    private void buildInParts(CacheIndexBuilder builder, long keyBytes, Examples examples, Report report)
            throws IOException {
        long partKeys = options.partKeys(keyBytes, examples.size());
        PassTime time;
        double saveSeconds;
        long continued;
        try (PartitionedIndexWriter build = builder.buildInParts(options.output.file(), partKeys)) {
            continued = build.size();
            time = fill(shown -> IndexFiller.fill(build, examples, options.thumbnails.given(), shown));
            Stopwatch watch = Stopwatch.started();
            build.complete();
            saveSeconds = watch.seconds();
        }
        ProcessMemory.Peak memory = ProcessMemory.Peak.now(); // opening the index to describe it reads all parts
        OpenOptions trusted = new OpenOptions().verify(false).threads(options.processor.threads());
        try (CacheIndex index = CacheIndex.open(options.output.file(), trusted)) {
            write(report, index, continued, time, saveSeconds, memory);
        }
    }

    private void buildAtOnce(CacheIndexBuilder builder, Examples examples, Report report) throws IOException {
        try (CacheIndex index = builder.build()) {
            PassTime time = fill(shown -> IndexFiller.fill(index, examples, options.thumbnails.given(), shown));
            Stopwatch watch = Stopwatch.started();
            index.save(options.output.file());
            new PartitionedIndexFile(options.output.file())
                    .discard(); // parts of an interrupted build are of no more use
            double saveSeconds = watch.seconds();
            write(report, index, 0, time, saveSeconds, ProcessMemory.Peak.now());
        }
    }

    private PassTime fill(Command.Step<PassTime> pass) throws IOException {
        return options.step("indexing", options.data.description(), pass);
    }

    /** @param continued the number of keys that an interrupted build had written */
    private void write(
            Report report,
            CacheIndex index,
            long continued,
            PassTime time,
            double saveSeconds,
            ProcessMemory.Peak memory)
            throws IOException {
        DataOptions data = options.data;
        long size = index.size();
        long bytes = StoredIndex.bytes(options.output.file());
        String units = data.unit() + "s";
        report.line(
                        "%s: %s, %s, %s",
                        Text.value("out", options.output.file().toString()),
                        IndexText.keys(index),
                        Text.count("classes", index.classes(), "class"),
                        Text.bytes("bytes", bytes))
                .field("data", data.description())
                .field("layers", data.areFeatures() ? null : options.network.layers())
                .field("threads", options.processor.threads());
        if (continued > 0) {
            report.line("continued behind %s of an interrupted build", Text.count("continuedKeys", continued, "key"));
        }
        Stages stages = new Stages();
        double all = time.networkSeconds() + time.memorySeconds() + saveSeconds;
        if (learned != null) {
            stages.add("sample", "sampleSeconds", learned.readSeconds(), learned.sampleSize(), units)
                    .add("learn", "learnSeconds", learned.trainSeconds(), IndexText.energy(index))
                    .field("sampled", learned.sampleSize());
            all += learned.readSeconds() + learned.trainSeconds();
        }
        long added = size - continued;
        String reading = data.areFeatures() ? "read" : "network";
        report.table(stages.add(reading, "networkSeconds", time.networkSeconds(), added - remembered, units)
                .add("keys", "addSeconds", time.memorySeconds(), added, "keys")
                .add("save", "saveSeconds", saveSeconds, Format.byteRate(bytes, saveSeconds))
                .add("total", "seconds", all, added, units, "keysPerSecond")
                .memory(memory)
                .table());
    }
}
