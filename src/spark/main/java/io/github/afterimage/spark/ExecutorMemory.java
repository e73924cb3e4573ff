package io.github.afterimage.spark;

import org.apache.spark.SparkConf;

/** Checks that the memory of executors outside the Java heap suffices for the keys of an index. */
final class ExecutorMemory {
    private static final String OVERHEAD = "spark.executor.memoryOverhead";
    private static final long NETWORK_BYTES = 256L << 20;
    private static final long MIB = 1L << 20;

    private ExecutorMemory() {}

    /**
     * Compares the memory that an index needs with {@code spark.executor.memoryOverhead}.
     *
     * @param keyBytes bytes of the keys of all parts, without labels and ids
     * @param keys the number of keys of all parts
     * @throws IllegalArgumentException if the overhead is less than an executor needs
     */
    static void check(SparkConf conf, int executors, SparkIndex.Source index, long keyBytes, long keys) {
        if (conf.get("spark.master", "").startsWith("local")) {
            return; // one process, whose memory Spark does not limit
        }
        int sharesPerExecutor = (index.shares() + executors - 1) / executors;
        int partsPerShare = (index.parts() + index.shares() - 1) / index.shares();
        long perKey = Long.BYTES + 2 * Integer.BYTES;
        long ofPart = keyBytes / index.parts() + keys * perKey / index.parts();
        long needed = ofPart * partsPerShare * sharesPerExecutor + NETWORK_BYTES;
        long given = overhead(conf);
        if (needed > given) {
            throw new IllegalArgumentException("keys take " + needed / MIB + " MiB outside the heap of each of "
                    + executors + " executors and " + OVERHEAD + " is " + given / MIB + "m: set it to at least "
                    + (needed / MIB + 1) + "m, or use more executors");
        }
    }

    /** {@return the overhead of the configuration, or Spark's default} */
    private static long overhead(SparkConf conf) {
        long heap = conf.getSizeAsMb("spark.executor.memory", "1g");
        double factor = conf.getDouble("spark.executor.memoryOverheadFactor", 0.1);
        long minimum = conf.getSizeAsMb("spark.executor.minMemoryOverhead", "384m");
        long byDefault = Math.max((long) (heap * factor), minimum);
        return MIB * (conf.contains(OVERHEAD) ? conf.getSizeAsMb(OVERHEAD) : byDefault);
    }
}
