package io.github.afterimage.serving;

import java.util.Map;
import java.util.TreeMap;

/**
 * Estimates the time of a pass by its number of rows: a moving average for each number, and straight lines between them. What has
 * not been measured lately is forgotten, and found out again.
 */
final class PassTimes {
    /** Engines multiply tiles of eight rows: a pass of nine takes as long as one of sixteen. */
    static final int TILE = 8;
    /** Weight of the last pass in its average: a quarter follows a change of load within ten passes. */
    private static final double WEIGHT = 0.25;
    /** Passes until an average is forgotten: a pass that finds out costs little if it is one of so many. */
    private static final int MEMORY = 256;
    /** A number of rows between two measured ones is tried if it could be so much faster than the line between them. */
    private static final double TRIED = 0.9;

    private static final class Average {
        double nanos;
        long last;
    }

    private final TreeMap<Integer, Average> averages = new TreeMap<>();
    private long passes;

    /** Learns from a pass. */
    void add(int rows, long nanos) {
        passes++;
        averages.values().removeIf(average -> average.last < passes - MEMORY);
        Average average = averages.computeIfAbsent(rows, unknown -> new Average());
        double weight = average.last == 0 ? 1 : WEIGHT;
        average.nanos += weight * (nanos - average.nanos);
        average.last = passes;
    }

    /** Returns the estimated nanoseconds of a pass of so many rows; 0 if there was no pass yet. */
    double nanos(int rows) {
        Map.Entry<Integer, Average> below = averages.floorEntry(rows);
        Map.Entry<Integer, Average> above = averages.ceilingEntry(rows);
        if (below != null && above != null) {
            return between(below, above, rows);
        }
        if (below != null) {
            return rows <= TILE ? below.getValue().nanos : proportional(below, rows);
        }
        return above == null ? 0 : above.getValue().nanos;
    }

    /**
     * Returns the greatest multiple of a tile that a pass may answer within a time, and some more than have been measured if they
     * might be; at most {@code most}; less than a tile if that takes longer; 0 if there was no pass yet.
     */
    int rows(double limit, int most) {
        if (averages.isEmpty()) {
            return 0;
        }
        int rows = 0;
        while (rows < most && least(rows + TILE) <= limit) {
            rows += TILE;
        }
        return rows == 0 ? (int) Math.min(most, TILE * limit / least(TILE)) : Math.min(most, rows);
    }

    /** Returns the least time that is probable for so many rows. */
    private double least(int rows) {
        Map.Entry<Integer, Average> below = averages.floorEntry(rows);
        Map.Entry<Integer, Average> above = averages.ceilingEntry(rows);
        if (below == null) {
            return proportional(above, rows);
        }
        if (above != null) {
            return above.getKey() == rows ? above.getValue().nanos : TRIED * between(below, above, rows);
        }
        // Between the time of fewer rows, if memory bounds the pass, and the proportional one, if arithmetic does.
        return rows <= TILE ? below.getValue().nanos : (below.getValue().nanos + proportional(below, rows)) / 2;
    }

    private static double proportional(Map.Entry<Integer, Average> measured, int rows) {
        return measured.getValue().nanos * rows / measured.getKey();
    }

    private static double between(Map.Entry<Integer, Average> below, Map.Entry<Integer, Average> above, int rows) {
        if (below.getKey().equals(above.getKey())) {
            return below.getValue().nanos;
        }
        double part = (double) (rows - below.getKey()) / (above.getKey() - below.getKey());
        return below.getValue().nanos + part * (above.getValue().nanos - below.getValue().nanos);
    }
}
