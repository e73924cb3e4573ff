package io.github.afterimage.engine;

/**
 * Predicts whether estimates are faster than the plain pass. Costs are bytes of keys that one thread reads in the same time, as
 * profiles of {@code evaluate --sketch} and {@code SketchBenchmark} show them on AVX2; they need not be exact.
 *
 * @param rows rows of the snapshot
 * @param codeBytes of a key in the sketch
 * @param dim numbers of a key
 * @param numberBytes of a number of a key
 * @param threads of the workers
 */
record SketchCost(long rows, double codeBytes, int dim, int numberBytes, int threads) {
    /** Queries that the plain pass answers in the time of reading the keys, for each byte of a number. */
    private static final double QUERIES_OF_BYTE = 2.8;
    /** Of each key, for each query. */
    private static final double ESTIMATE = 12;
    /** Of each listed key: its entry, and the draws. */
    private static final double ENTRY = 60;

    private static final double DRAW = 120;
    /** Of each key that is read, beside its bytes: it is somewhere in memory. */
    private static final double READ = 3500;
    /** Of each query. */
    private static final double QUERY = 1_600_000;

    /** Returns the cost of the plain pass. */
    double plain(int batch) {
        double reads = Math.max(1, batch / (QUERIES_OF_BYTE * numberBytes));
        return reads * rows * dim * numberBytes / threads;
    }

    /**
     * Returns the cost of estimates.
     *
     * @param listed mean number of listed keys of a query
     * @param read mean number of keys that a query reads
     */
    double estimated(int batch, double listed, double read) {
        double pass = rows * (codeBytes + batch * ESTIMATE) + batch * listed * ENTRY;
        double ofQuery = listed * DRAW + read * ((double) dim * numberBytes + READ) + QUERY;
        return pass / threads + Math.ceil((double) batch / threads) * ofQuery;
    }
}
