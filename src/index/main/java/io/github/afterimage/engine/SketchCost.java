package io.github.afterimage.engine;

/**
 * Predicts whether estimates are faster than the plain pass. The unit of cost is the time in which one thread reads a byte
 * of keys. The constants come from profiles of {@code evaluate --sketch} on AVX2 and AVX-512; they need not be exact.
 *
 * @param rows rows of the snapshot
 * @param codeBytes bytes of a key in the sketch
 * @param dim numbers of a key
 * @param numberBytes of a number of a key
 * @param threads number of threads of the workers
 * @param roundsQueries true if the plain pass multiplies bfloat16 or int8 numbers
 */
record SketchCost(long rows, double codeBytes, int dim, int numberBytes, int threads, boolean roundsQueries) {
    /** Queries, for each byte of a number, up to which memory and not arithmetic limits a pass over the keys. */
    private static final double FREE_QUERIES = 2.8;
    /** Factor of these queries if the pass rounds them to bfloat16 or int8. */
    private static final double ROUNDED_QUERIES = 2;
    /** Cost of the estimate of a key for a query, without and for each byte of its codes. */
    private static final double ESTIMATE_COST = 17;

    private static final double CODE_BYTE_COST = 0.5;
    /** Factor of both where the pass does not round queries: without such instructions, codes take longer too. */
    private static final double UNROUNDED = 1.4;
    /** Cost of the term of a key that counts. */
    private static final double TERM_COST = 30;
    /** Cost of a key that is read, without its bytes: a cache miss. */
    private static final double READ_COST = 3500;
    /** Cost of a query. */
    private static final double QUERY_COST = 2_000_000;

    /** Estimates number rows with 32 bits. */
    private static final long MAX_ROWS = Integer.MAX_VALUE;

    /** Predicted costs of a batch are less certain, so its estimates must cost less than this share of the plain pass. */
    private static final double GREATEST_SHARE_OF_BATCH = 0.65;

    /**
     * Returns true if the rows can be estimated, and that costs less than the plain pass, for a batch by a margin.
     *
     * @param batch number of queries
     * @param listed mean number of listed keys of a query
     * @param read mean number of keys that a query reads
     */
    boolean pays(int batch, double listed, double read) {
        return rows <= MAX_ROWS
                && estimated(batch, listed, read) <= (batch == 1 ? 1 : GREATEST_SHARE_OF_BATCH) * plain(batch);
    }

    private double plain(int batch) {
        double free = FREE_QUERIES * numberBytes * (roundsQueries ? ROUNDED_QUERIES : 1);
        double slowdown = Math.max(1, batch / free);
        return slowdown * rows * dim * numberBytes / threads;
    }

    private double estimated(int batch, double listed, double read) {
        double estimate = (roundsQueries ? 1 : UNROUNDED) * (ESTIMATE_COST + CODE_BYTE_COST * codeBytes);
        double pass = rows * (codeBytes + batch * estimate) + batch * listed * TERM_COST;
        double costOfQuery = read * ((double) dim * numberBytes + READ_COST) + QUERY_COST;
        return pass / threads + Math.ceil((double) batch / threads) * costOfQuery;
    }
}
