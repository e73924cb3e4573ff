package io.github.afterimage.spark;

import org.apache.spark.SparkConf;

/** Whether executors may use as much memory outside the Java heap as the keys that they open take. */
final class ExecutorMemory {
    private static final String OVERHEAD = "spark.executor.memoryOverhead";
    private static final long NETWORK_BYTES = 256L << 20;
    private static final long MIB = 1L << 20;

    private ExecutorMemory() {}

    /**
     * @param parts of the index
     * @param shares that the parts are in
     * @param keyBytes of all parts, beside labels and ids
     * @param keys of all parts
     * @param residentBytes that each share may have in memory
     * @throws IllegalArgumentException if that is more than Spark was told
     */
    static void check(
            SparkConf conf, int executors, int parts, int shares, long keyBytes, long keys, long residentBytes) {
        if (conf.get("spark.master", "").startsWith("local")) {
            return; // one process, whose memory nobody limits
        }
        int sharesOfOne = (shares + executors - 1) / executors;
        int partsOfShare = (parts + shares - 1) / shares;
        long mapped = Math.min(keyBytes / parts * partsOfShare, residentBytes) * sharesOfOne;
        long beside = keys / parts * partsOfShare * sharesOfOne * (Long.BYTES + 2 * Integer.BYTES);
        long needed = mapped + beside + NETWORK_BYTES;
        long given = overhead(conf);
        if (needed > given) {
            throw new IllegalArgumentException("keys take " + needed / MIB + " MiB outside the heap of each of "
                    + executors + " executors and " + OVERHEAD + " is " + given / MIB + "m: set it to at least "
                    + (needed / MIB + 1) + "m, use more executors, or let fewer bytes of keys be resident");
        }
    }

    /** As Spark computes it where nothing is set. */
    private static long overhead(SparkConf conf) {
        long heap = conf.getSizeAsMb("spark.executor.memory", "1g");
        double factor = conf.getDouble("spark.executor.memoryOverheadFactor", 0.1);
        long least = conf.getSizeAsMb("spark.executor.minMemoryOverhead", "384m");
        long byDefault = Math.max((long) (heap * factor), least);
        return MIB * (conf.contains(OVERHEAD) ? conf.getSizeAsMb(OVERHEAD) : byDefault);
    }
}
