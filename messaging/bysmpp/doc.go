// Package bysmpp carries messages by SMPP 3.4: to and from the SMSCs of carriers and operators, to which we bind, and the programs, carriers and operators that
// bind to us.
//
// It reads and writes what SMSCs really say: IMSIs as sources, receipts in many dialects, ids that name nothing. It keeps nothing that a crash may lose: what came is
// answered once the desk has it, and what a program must be told of its messages is in a Notebook.
package bysmpp
