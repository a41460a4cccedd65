// Package hlr keeps subscribers in the operator's register: OsmoHLR over its control interface. It knows neither profiles nor packages, and no database.
package hlr
