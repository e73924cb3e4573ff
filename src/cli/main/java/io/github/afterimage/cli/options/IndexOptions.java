package io.github.afterimage.cli.options;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.MemoryUse;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.cli.output.Format;
import io.github.afterimage.cli.output.OutputFile;
import io.github.afterimage.cli.output.ReductionReport;
import io.github.afterimage.cli.output.Report;
import io.github.afterimage.engine.Engines;
import io.github.afterimage.engine.InstructionSet;
import io.github.afterimage.spark.SparkEvaluation;
import io.github.afterimage.store.NativeLibrary;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** An index to be queried, and how. */
public final class IndexOptions {
    @Option(names = "--index", order = 1, required = true, paramLabel = "INDEX", description = "The index.")
    private Path file;

    @Option(
            names = "--engine",
            order = 70,
            paramLabel = "NAME",
            description = "auto (the fastest, by default), cuda, fused, blas or reference.")
    private String engine = Engines.AUTO;

    @Option(
            names = "--memory",
            order = 71,
            paramLabel = "BYTES",
            description =
                    "How much of the keys may be in memory at once, such as 4g: a larger index is read from the disk"
                            + " for each batch.")
    private String memory;

    @Mixin
    private VerifyOption verification;

    @Mixin
    private ProcessorOptions processor;

    @Mixin
    private NetworkDeviceOption networkDevice;

    public Path file() {
        return file;
    }

    /** Fails if {@code output} is the index or a part of it. */
    public void checkIsNot(Path output) throws IOException {
        OutputFile.checkIsNotOf(output, file);
    }

    public int threads() {
        return processor.threads();
    }

    public String engine() {
        return engine;
    }

    public boolean verify() {
        return verification.verify();
    }

    /** Long.MAX_VALUE where there is no limit. */
    public long residentBytes() {
        return memory == null ? Long.MAX_VALUE : MemoryUse.parse("--memory", memory);
    }

    /** Describes an index that Spark has open, and returns the line that says so. */
    public String reportSpark(Report report, SparkEvaluation evaluation) {
        CacheIndex index = evaluation.withoutKeys();
        report.field("index", file.toString())
                .field("keys", evaluation.index().size())
                .field("parts", evaluation.index().parts());
        ReductionReport.report(report, index);
        report.field("classes", index.classes())
                .field("type", index.type().shortName())
                .field("engine", engine);
        return Format.keys(evaluation.index().size(), index.keyDim(), index.type()) + " in "
                + Format.count(evaluation.index().parts(), "part") + " on Spark; engine " + engine;
    }

    /** An index that is open, and how long that took. */
    public record Opened(CacheIndex index, double seconds) implements AutoCloseable {
        @Override
        public void close() {
            index.close();
        }
    }

    public Opened open() throws IOException {
        return open(false);
    }

    /** @param screen whether the keys get an int8 screen */
    public Opened open(boolean screen) throws IOException {
        processor.apply();
        networkDevice.apply();
        OpenOptions options = new OpenOptions()
                .engine(Engines.named(engine))
                .threads(threads())
                .verify(verification.verify())
                .screen(screen);
        options.residentBytes(residentBytes());
        long start = System.nanoTime();
        CacheIndex index = CacheIndex.open(file, options);
        return new Opened(index, (System.nanoTime() - start) / 1e9);
    }

    /** Describes the index and what it is queried with. */
    public void report(Report report, CacheIndex index) {
        report.field("index", file.toString()).field("keys", index.size());
        ReductionReport.report(report, index);
        report.field("classes", index.classes())
                .field("type", index.type().shortName())
                .field("engine", index.engine().name())
                .field("instructions", NativeLibrary.available() ? InstructionSet.current() : null)
                .field("threads", threads());
    }

    /** The same in words. */
    public String describe(CacheIndex index) {
        return ReductionReport.keys(index) + "; engine " + index.engine().name() + ", "
                + Format.count(threads(), "thread");
    }
}
