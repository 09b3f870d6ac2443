"""SAP HANA Deployment Infrastructure: containers that files are deployed into, as @sap/hdi-deploy does it."""
