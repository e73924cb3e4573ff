package io.github.afterimage;

/**
 * Counts the estimated answers that were also computed exactly, a share of all ({@link OpenOptions#audit}).
 *
 * <pre>{@code
 * try (CacheIndex index = CacheIndex.open(Path.of("cache.safetensors"), new OpenOptions().sketch(128).audit(0.01))) {
 *     SketchAudit audit = index.statistics().estimates();
 *     System.out.println(audit.missed() + " of " + audit.audited() + ", at most " + 100 * audit.maxMissRate() + " %");
 * }
 * }</pre>
 *
 * @param estimated answers that were estimated since the index was opened
 * @param audited those of them that were also computed exactly
 * @param missed those of the audited ones that had a probability beyond its {@link Answer.Row#halfWidth}
 */
public record SketchAudit(long estimated, long audited, long missed) {
    /** Standard deviations of a normal distribution that 97.5 % are below. */
    private static final double DEVIATIONS = 1.96;

    /** Share of the audited answers that missed, about 0.01 or less if queries are like the keys. NaN if none was audited. */
    public double missRate() {
        return (double) missed / audited;
    }

    /** Upper end of the 95 % interval of Wilson for the share of all estimated answers that miss. NaN if none was audited. */
    public double maxMissRate() {
        double rate = missRate();
        double correction = DEVIATIONS * DEVIATIONS / audited;
        double deviation = Math.sqrt((rate * (1 - rate) + correction / 4) / audited);
        return (rate + correction / 2 + DEVIATIONS * deviation) / (1 + correction);
    }
}
