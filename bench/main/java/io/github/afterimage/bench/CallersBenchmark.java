package io.github.afterimage.bench;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.answer.Query;
import java.lang.management.ManagementFactory;
import java.nio.FloatBuffer;
import java.util.List;
import org.openjdk.jmh.annotations.Param;

/**
 * Do many callers together get what one gets, and never more threads than configured? Rounds with one caller and with
 * several take turns; in a third one the threads that are in the kernel are counted. What callers do on their own threads, which
 * is to scale a query to unit norm, shows in the processors used.
 */
public class CallersBenchmark extends InterleavedBenchmark {
    private static final double ROUND_SECONDS = 0.4;
    private static final String KERNEL = "afterimage_class_sums"; // with or without a suffix
    private static final int CLASSES = 100;

    @Param({"1", "2", "4", "8", "16"})
    public int callers;

    @Param({"1", "2"})
    public int threads;

    @Param("50000")
    public int keys;

    @Param("512")
    public int dim;

    private Load alone;
    private Load together;
    private double processorSeconds;
    private int threadsSeen;

    @Override
    void reset() {
        super.reset();
        alone = new Load();
        together = new Load();
        processorSeconds = threadsSeen = 0;
    }

    @Override
    void prepare() {
        SyntheticKeys synthetic = new SyntheticKeys(dim, CLASSES);
        FloatBuffer query = synthetic.queries(1);
        CacheIndex index = kept(synthetic.index(keys, builder -> builder.threads(threads)));
        new ReferenceAnswer(index, query).error("auto", index);
        Load.Ask ask = () -> index.answer(Query.of(query).thetas(ReferenceAnswer.THETA));
        reset();
        untimed(() -> alone.closed(1, ROUND_SECONDS, caller -> ask));
        untimed(() -> {
            double before = processorSeconds();
            together.closed(callers, ROUND_SECONDS, caller -> ask);
            processorSeconds += processorSeconds() - before;
        });
        untimed(() -> {
            Thread watch = new Thread(this::countThreadsInKernel);
            watch.start();
            new Load().closed(callers, ROUND_SECONDS, caller -> ask);
            watch.interrupt();
            watch.join();
            if (threadsSeen > threads) {
                throw new IllegalStateException(threadsSeen + " threads are in the kernel: expected at most " + threads
                        + ", with " + callers + " callers");
            }
        });
        figure("queriesPerSecond", () -> together.perSecond());
        figure("throughputOfOneCaller", () -> together.perSecond() / alone.perSecond());
        for (String percentile : List.of("50", "90", "99", "99.9", "100")) {
            double value = Double.parseDouble(percentile);
            figure("p" + percentile + "Milliseconds", () -> together.milliseconds(value));
        }
        figure("processorsUsed", () -> processorSeconds / together.seconds());
        figure("threadsInKernel", () -> threadsSeen);
    }

    /** Counts until it is interrupted. */
    private void countThreadsInKernel() {
        try {
            while (true) {
                int count = 0;
                for (StackTraceElement[] stack : Thread.getAllStackTraces().values()) {
                    boolean inKernel = stack.length > 0
                            && stack[0].isNativeMethod()
                            && stack[0].getMethodName().startsWith(KERNEL);
                    count += inKernel ? 1 : 0;
                }
                threadsSeen = Math.max(threadsSeen, count);
                Thread.sleep(3);
            }
        } catch (InterruptedException e) {
            // the round is over
        }
    }

    private static double processorSeconds() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                        .getProcessCpuTime()
                / 1e9;
    }
}
