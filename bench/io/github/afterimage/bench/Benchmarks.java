package io.github.afterimage.bench;

import io.github.afterimage.engine.InstructionSet;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.CommandLineOptions;

/**
 * JMH's own command line, then the ratios of each benchmark as a table: the mean over iterations and forks, least and
 * greatest. JMH itself adds up what a benchmark reports beside its time.
 */
public final class Benchmarks {
    private Benchmarks() {}

    /** @param args options of JMH, such as {@code KernelBenchmark -p shape=CIFAR -f 1} */
    public static void main(String[] args) throws Exception {
        CommandLineOptions options = new CommandLineOptions(args);
        if (options.shouldHelp()) {
            options.showHelp();
            return;
        }
        if (options.shouldList()) {
            new Runner(options).list();
            return;
        }
        System.out.printf(
                "# %s, %d processors, Java %s, instructions %s%n",
                System.getProperty("os.arch"),
                Runtime.getRuntime().availableProcessors(),
                Runtime.version(),
                InstructionSet.current());
        for (RunResult run : new Runner(options).run()) {
            print(run);
        }
    }

    private static void print(RunResult run) {
        Map<String, String> parameters = new TreeMap<>();
        for (String key : run.getParams().getParamsKeys()) {
            parameters.put(key, run.getParams().getParam(key));
        }
        String benchmark = run.getParams().getBenchmark();
        System.out.printf("%n%s %s%n", benchmark.substring(benchmark.lastIndexOf("bench.") + 6), parameters);
        run.getSecondaryResults().forEach((name, result) -> System.out.println(line(name, result)));
    }

    private static String line(String name, Result<?> result) {
        return String.format(
                Locale.ROOT,
                "  %-14s %.3f  (%.3f to %.3f, n = %d)",
                name,
                result.getStatistics().getMean(),
                result.getStatistics().getMin(),
                result.getStatistics().getMax(),
                result.getStatistics().getN());
    }
}
