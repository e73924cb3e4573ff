package io.github.afterimage.cli;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.PartitionedIndexWriter;
import io.github.afterimage.Progress;
import io.github.afterimage.cli.options.BuildOptions;
import io.github.afterimage.cli.output.Version;
import io.github.afterimage.experiments.NetworkCheck;
import io.github.afterimage.experiments.command.Failure;
import io.github.afterimage.experiments.command.OutputFile;
import io.github.afterimage.experiments.command.ProcessMemory;
import io.github.afterimage.experiments.command.TerminalProgress;
import io.github.afterimage.experiments.options.NetworkReport;
import io.github.afterimage.experiments.options.OpenedExamples;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.file.PartitionedIndexFile;
import io.github.afterimage.file.SaveLock;
import io.github.afterimage.model.data.Fingerprint;
import io.github.afterimage.model.evaluation.ComponentTrainer;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.IndexFiller;
import io.github.afterimage.model.evaluation.PassTime;
import io.github.afterimage.model.evaluation.RememberedExamples;
import io.github.afterimage.model.evaluation.Stopwatch;
import io.github.afterimage.reduce.Reduction;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Builds an index on this machine. */
record LocalBuild(BuildOptions options, Function<String, TerminalProgress> progress) {
    void build(Report report, SaveLock lock) throws IOException {
        List<Integer> outputs =
                new AssignedOutputs(options.network(), options.data(), options.threads(), progress).outputs(report);
        try (OpenedExamples opened = options.network().open(options.data(), options.threads(), outputs);
                RememberedExamples remembered = remembered(opened)) {
            NetworkCheck check = new NetworkCheck(remembered);
            Examples examples = check.examples();
            Reduction chosen =
                    options.reduction(examples.dim(), examples.size()).orElse(null);
            int keyDim = chosen == null ? examples.dim() : chosen.dim();
            long keyBytes = (long) keyDim * options.type().bytes()
                    + (long) examples.valueWidth() * examples.valueType().bytes();
            OutputFile.checkRoom(options.file(), examples.size() * keyBytes);
            ComponentTrainer.@Nullable TrainedComponents components =
                    chosen != null && chosen.learned() ? learn(chosen, remembered) : null;
            CacheIndexBuilder builder = builder(opened, examples).lock(lock);
            if (components != null) {
                builder.reduce(components.components());
            } else if (chosen != null) {
                builder.reduce(chosen);
            }
            BuildReport found = new BuildReport(options, components, remembered.remembered());
            if (options.inParts()) {
                buildInParts(builder, keyBytes, examples, found, report);
            } else {
                buildAtOnce(builder, examples, found, report);
            }
            NetworkReport.cacheOnly(report, opened);
            NetworkReport.report(report, check);
        }
    }

    /** Keeps the network's output for the sample that a reduction learns from; a pass over all examples then runs it once each. */
    private RememberedExamples remembered(OpenedExamples opened) {
        Examples examples =
                options.perClass().draw(opened.examples(), options.data().mirrors());
        return opened.network().isPresent() ? new RememberedExamples(examples) : new RememberedExamples(examples, 0);
    }

    private ComponentTrainer.TrainedComponents learn(Reduction chosen, Examples examples) throws IOException {
        try (TerminalProgress shown = progress.apply("sampling")) {
            return ComponentTrainer.train(chosen, examples, options.reduction().sample(), options.threads(), shown);
        } catch (IllegalArgumentException e) {
            throw new Failure.UnusableDataException(options.data().description(), e);
        }
    }

    private CacheIndexBuilder builder(OpenedExamples opened, Examples examples) throws IOException {
        Map<String, String> attributes = new LinkedHashMap<>();
        opened.source().ifPresent(source -> attributes.putAll(source.toAttributes()));
        attributes.put("data", options.source());
        if (options.inParts()) { // finished parts are kept only for the same data
            attributes.put("data.fingerprint", Fingerprint.of(options.data().specification()));
        }
        attributes.put("created by", "afterimage " + Version.text());
        CacheIndexBuilder builder = CacheIndex.builder(examples.dim(), options.classes(examples))
                .spareClasses(options.spareClasses())
                .type(options.type())
                .threads(options.threads())
                .expectedKeys(examples.size())
                .attributes(attributes);
        if (examples.valueWidth() > 0) {
            builder.values(examples.valueWidth(), examples.valueType());
        }
        return examples.classNames().isEmpty() ? builder : builder.classNames(examples.classNames());
    }

    private void buildInParts(
            CacheIndexBuilder builder, long keyBytes, Examples examples, BuildReport found, Report report)
            throws IOException {
        long partKeys = options.partKeys(keyBytes, examples.size());
        PassTime time;
        double saveSeconds;
        long continued;
        try (PartitionedIndexWriter build = builder.buildInParts(options.file(), partKeys)) {
            continued = build.size();
            time = fill(shown -> IndexFiller.fill(build, examples, options.thumbnails(), shown));
            Stopwatch watch = Stopwatch.started();
            build.complete();
            saveSeconds = watch.seconds();
        }
        ProcessMemory.Peak memory = ProcessMemory.Peak.now(); // opening the index to describe it reads all parts
        OpenOptions trusted = new OpenOptions().verify(false).threads(options.threads());
        try (CacheIndex index = CacheIndex.open(options.file(), trusted)) {
            found.write(report, index, continued, time, saveSeconds, memory);
        }
    }

    private void buildAtOnce(CacheIndexBuilder builder, Examples examples, BuildReport found, Report report)
            throws IOException {
        try (CacheIndex index = builder.build()) {
            PassTime time = fill(shown -> IndexFiller.fill(index, examples, options.thumbnails(), shown));
            Stopwatch watch = Stopwatch.started();
            index.save(options.file());
            new PartitionedIndexFile(options.file()).discard(); // parts of an interrupted build are of no more use
            double saveSeconds = watch.seconds();
            found.write(report, index, 0, time, saveSeconds, ProcessMemory.Peak.now());
        }
    }

    /** A pass that fills an index. */
    private interface Pass {
        PassTime run(Progress progress) throws IOException;
    }

    private PassTime fill(Pass pass) throws IOException {
        try (TerminalProgress shown = progress.apply("indexing")) {
            return pass.run(shown);
        } catch (IllegalArgumentException e) {
            throw new Failure.UnusableDataException(options.data().description(), e);
        }
    }
}
